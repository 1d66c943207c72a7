using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Windows;

namespace DriftStream.Host.Tests.Kafka;

/// <summary>A plan with one model, two owners and one source topic, for tests of what surrounds the engine.</summary>
internal static class Plans
{
    public static DriftPlan Small(KafkaSettings kafka, string prefix = "driftstream.", string source = "predictions",
        int countsPartitions = 12, int replication = 1, long windowDays = 7)
    {
        const long Day = 86_400_000_000L;
        var team = new Owner("team", "Team", "team@example.org");
        var platform = new Owner("platform", "Platform", "platform@example.org");
        var counting = new CountedModel("m", null, new VersionSource(), null, null, [], new(Day), new(0), new(600_000_000));
        var window = new WindowSettings("w", new(windowDays * Day), new(windowDays * Day), new(0), 500);
        var windows = new ModelWindows("m", [source], new(Day), new(0), new(600_000_000), [window]);
        var model = new ModelPlan("m", counting, windows, new JudgementSettings("m", new Baseline("m", 0, [], "sha256:0"), []),
            new AlertSettings("m", team, [], null, null, [], 2, 3, 3));
        var sources = ImmutableSortedDictionary<string, SourceTopic>.Empty
            .Add(source, new SourceTopic(source, MessageFormat.Arrow, null, [counting]));
        return new("sha256:0", kafka, null, new(64 << 20, new(5_000_000), countsPartitions), new(new(300_000_000), new(30_000_000), new(600_000_000)),
            new(prefix, replication), new InputLimits(), 100_000, 1000,
            ImmutableSortedDictionary<string, Owner>.Empty.Add("team", team).Add("platform", platform), platform, [model],
            new(0, sources, new(300_000_000), 64 << 20, new(3_600_000_000), new(Day)));
    }
}
