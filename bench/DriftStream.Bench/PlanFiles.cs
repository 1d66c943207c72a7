using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DriftStream.Cells;

namespace DriftStream.Bench;

/// <summary>A configuration of many teams: owners with contacts, hours and escalation, a topic a model, and baselines as files.</summary>
/// <param name="Models">How many models.</param>
/// <param name="Owners">How many owners; each has the same number of models.</param>
/// <param name="Edges">Edges of a numeric signal.</param>
internal sealed record PlanFiles(int Models, int Owners, int Edges)
{
    private const int Numeric = 10, Categorical = 10, Categories = 10, ReferenceRows = 100_000, Shared = 10;

    // A file of a config may have 1 MiB.
    private const int OwnersOfLargeFile = 50;

    /// <summary>Writes it, and returns the path of the config.</summary>
    /// <param name="folder">A folder that is there.</param>
    /// <param name="ofTeams">A file a team; otherwise few large ones.</param>
    /// <param name="own">A baseline a model; otherwise few that they share.</param>
    public string Write(string folder, bool ofTeams, bool own)
    {
        Directory.CreateDirectory(Path.Combine(folder, "teams"));
        Directory.CreateDirectory(Path.Combine(folder, "baselines"));
        int baselines = own ? Models : Math.Min(Shared, Models);
        Parallel.For(0, baselines, b => File.WriteAllBytes(Path.Combine(folder, "baselines", Of("b", b) + ".baseline"), BaselineFile.Write(Reference(b))));
        int most = ofTeams ? 1 : OwnersOfLargeFile;
        foreach (int[] owners in Enumerable.Range(0, Owners).Chunk(most))
        {
            int[] models = [.. owners.SelectMany(o => Enumerable.Range(o * (Models / Owners), Models / Owners))];
            var text = new StringBuilder("owners:\n");
            foreach (int owner in owners) Owner(text, owner);
            text.Append("models:\n");
            foreach (int model in models) Model(text, model, model / (Models / Owners), model % baselines);
            File.WriteAllText(Path.Combine(folder, "teams", Of("team", owners[0]) + ".yaml"), text.ToString());
        }

        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, """
            kafka: { bootstrap: localhost:9092 }
            owners:
              - { id: root, name: ML platform, contact: ml-platform@example.org }
            root_owner: root
            defaults:
              window: { size: 1d, min_rows: 500 }
              allowed_lateness: 10m
            include: [teams/*.yaml]

            """);
        return config;
    }

    private static void Owner(StringBuilder text, int owner) => text.Append(CultureInfo.InvariantCulture, $$"""
          - id: {{Of("team", owner)}}
            name: Team number {{owner}}
            contact: {{Of("team", owner)}}@example.org
            members: [group:{{Of("team", owner)}}]
            hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: Europe/Berlin }
            escalate: [{ to: root, after: 4h }]

        """);

    private static void Model(StringBuilder text, int model, int owner, int baseline) => text.Append(CultureInfo.InvariantCulture, $$"""
          - id: {{Of("model", model)}}
            owner: {{Of("team", owner)}}
            purpose: Estimates something about everybody
            runbook: https://example.org/runbooks/{{Of("model", model)}}
            sources: [{ topic: {{Of("predictions", model)}} }]
            columns: { time: event_time, score: n00, decision: c00 }
            baseline: { file: ../baselines/{{Of("b", baseline)}}.baseline }

        """);

    // As if built of rows: edges of many digits, and counts of all sizes.
    private Baseline Reference(int number)
    {
        var random = new Random(number);
        var signals = ImmutableArray.CreateBuilder<BaselineSignal>();
        for (int n = 0; n < Numeric; n++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"n{n:00}");
            Layout layout = Layout.Numeric([.. Enumerable.Range(0, Edges).Select(_ => random.NextDouble() * 1000).Distinct().Order()]);
            signals.Add(new BaselineSignal(name, n == 0 ? SignalRole.Score : SignalRole.Feature, [name], layout, Counts(random, layout.Cells)));
        }

        for (int c = 0; c < Categorical; c++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"c{c:00}");
            Layout layout = Layout.Categorical([.. Enumerable.Range(0, Categories).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
            signals.Add(new BaselineSignal(name, c == 0 ? SignalRole.Decision : SignalRole.Feature, [name], layout, Counts(random, layout.Cells)));
        }

        return BaselineFile.Hashed(Of("b", number), ReferenceRows, signals.ToImmutable());
    }

    private static ImmutableArray<long> Counts(Random random, int cells) =>
        [.. Enumerable.Range(0, cells).Select(_ => (long)random.Next(2 * ReferenceRows / cells))];

    private static string Of(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what}-{number:00000}");
}
