using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using DriftStream.Host.Kafka;
using DriftStream.Host.Reading;
using DriftStream.Plan;
using DriftStream.Statistics;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

/// <summary>
/// Whether a model that predicts numbers is as good for all, where labels come days later, in a topic of their own that knows of no groups: from a config to an
/// alert. Some labels are corrected, and some never come. Counts are those of a plain join in memory.
/// </summary>
public sealed class JoinGroupsRunTests
{
    private const int Rows = 600, Labelled = 3;

    private static readonly DateTime Start = new(2026, 1, 1);

    [Fact]
    public async Task LaterLabels_ShowThatOneGroupIsPredictedWorse()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-groups").FullName;
        try
        {
            DriftPlan plan = Prepare(folder, broker);
            // Nothing else needs the group of a prediction.
            CountedModel predictions = plan.Counting.Sources["house"].Models.Single();
            Assert.DoesNotContain(predictions.Signals, s => s.Columns.Contains("town"));
            for (int day = 0; day < 3; day++) Predict(plan, day);
            await JoinRunTests.Run(plan, () => JoinRunTests.Verdicts(plan).Count >= 2);
            for (int day = 0; day < Labelled; day++) Label(plan, day);
            for (int day = 3; day < 8; day++) Predict(plan, day);
            Label(plan, 9);
            await JoinRunTests.Run(plan, () => Late(plan).Length >= Labelled);

            JsonElement[] late = [.. Late(plan).Select(v => v.GetProperty("groups").EnumerateArray().Single())];
            BaselineSignal signal = plan.Models[0].Judgement.Baseline.Signals.Single(s => s.Key == "residuals:town");
            for (int day = 0; day < Labelled; day++)
            {
                Assert.Equal(Residuals(signal, day), Counts(plan, signal.Key, day));
                Assert.Equal([("hill", 240, 180), ("sea", 240, 180)], late[day].GetProperty("by").EnumerateArray()
                    .Select(b => (Text(b, "value")!, b.GetProperty("group_rows").GetInt32(), b.GetProperty("rows").GetInt32())));
                foreach ((int i, GroupError error) in GroupErrors.Of(signal.Layout, Residuals(signal, day), ErrorOf.Mae).Index())
                {
                    double mae = Enumerable.Range(0, Rows).Where(i => IsLabelled(i) && Town(i) == error.Value).Average(i => Math.Abs(Off(i, day)));
                    Assert.InRange(mae, error.Ends.Low, error.Ends.High);
                    Assert.Equal(error.Error!.Value.Value, late[day].GetProperty("by")[i].GetProperty("error").GetDouble(), 1e-12);
                }
            }

            // From the second day on prices by the sea are four higher.
            Assert.Equal(["steady", "drifting", "drifting"], late.Select(g => Text(g, "judgement")));
            Assert.Contains("labels are known of 75 % of rows with a group", Text(late[1], "why"), StringComparison.Ordinal);
            Assert.Contains("left out: 120 rows of nobody's group", Text(late[1], "why"), StringComparison.Ordinal);
            Assert.StartsWith("town: mae of sea is 4.", Text(late[1], "why"), StringComparison.Ordinal);
            Assert.All(JoinRunTests.Verdicts(plan).Where(v => !v.TryGetProperty("delay", out _)),
                v => Assert.Equal(0, v.GetProperty("groups").GetArrayLength()));

            JsonElement symptom = JoinRunTests.Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf("team"))
                .SelectMany(a => a.GetProperty("symptoms").EnumerateArray()).First();
            Assert.Equal(("town", "mae_difference"), (Text(symptom, "group"), Text(symptom.GetProperty("statistic"), "name")));
            Assert.StartsWith("town: mae of sea is 4.", Text(symptom, "summary"), StringComparison.Ordinal);
            Assert.EndsWith("(by labels known up to 2d later)", Text(symptom, "summary"), StringComparison.Ordinal);
            Assert.All(JoinStands.Read(plan, NullLogger.Instance, out _), s => Assert.True(s.Fates.Corrected > 0 && s.Fates.IsWhole));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DriftPlan Prepare(string folder, EmbeddedBroker broker)
    {
        File.WriteAllLines(Path.Combine(folder, "houses.csv"),
            ["guess,price,town", .. Enumerable.Range(0, 2000).Where(i => i % 5 < 4).Select(i => $"{Guess(i)},{Guess(i) + Off(i, 0)},{Town(i)}")]);
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, """
            owners: [{ id: team, name: Team, contact: team@example.org }]
            models:
              - id: house
                owner: team
                sources: [{ topic: house, format: json }, { topic: house.truth, format: json, provides: [label] }]
                columns: { id: id, time: at, score: guess, label: { column: price, kind: number, time: known_at }, groups: [town], features: [] }
                labels: { within: 3d, judge_at: [2d], corrections: last }
                baseline: { data: houses.csv }
                allowed_lateness: 0s
                window: { size: 1d, min_rows: 100 }
                rules: [{ group: town, statistic: mae_difference, alarm: { above: 1, confidence: 95%, min_rows: 50 } }]
                fire: { after: 1 }
            """);
        DriftPlan plan = DemoRun.Paced(PlanFile.Load(config, Console.Error)!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        broker.CreateTopic("house", 2);
        broker.CreateTopic("house.truth", 3);
        return plan;
    }

    private static double Guess(int i) => 200 + (i % 41) + (i % 7 / 10.0);

    // How much higher than the guess the price is.
    private static double Off(int i, int day) => (i % 9) - 4 + (day > 0 && Town(i) == "sea" ? 4.25 : 0);

    // The baseline knows of no moon.
    private static string Town(int i) => (i % 5) switch { 0 or 1 => "sea", 2 or 3 => "hill", _ => "moon" };

    private static bool IsLabelled(int i) => i % 4 != 3;

    private static void Predict(DriftPlan plan, int day) => JoinRunTests.Send(plan, "house", 2, Enumerable.Range(0, Rows).Select(i => (object)new
    {
        id = $"{day}-{i}",
        at = Start.AddDays(day).AddMinutes(i),
        guess = Guess(i),
        town = Town(i),
    }));

    // One in five is something else first, and one in seven once more when it is too late for the delay.
    private static void Label(DriftPlan plan, int day)
    {
        foreach ((double after, int part, int off) in new[] { (1.2, 5, 50), (1.5, 1, 0), (3.1, 7, 70) })
        {
            JoinRunTests.Send(plan, "house.truth", 3, Enumerable.Range(0, Rows).Where(i => IsLabelled(i) && i % part == 0).Select(i => (object)new
            {
                id = $"{day}-{i}",
                known_at = Start.AddDays(day + after).AddSeconds(i),
                price = Guess(i) + Off(i, day) + off,
            }));
        }
    }

    private static long[] Residuals(BaselineSignal signal, int day)
    {
        Layout residuals = signal.Layout.Inner!;
        Assert.Equal(["hill", "sea"], signal.Layout.Slices.Select(s => s[0]));
        var counts = new long[signal.Layout.Cells];
        for (int i = 0; i < Rows; i++)
        {
            double predicted = Guess(i), label = Guess(i) + Off(i, day);
            int cell = IsLabelled(i) ? residuals.Edges.Count(e => e <= predicted - label) : residuals.MissingCell;
            counts[Town(i) switch { "hill" => cell, "sea" => residuals.Cells + cell, _ => counts.Length - 1 }]++;
        }

        return counts;
    }

    private static long[] Counts(DriftPlan plan, string key, int day)
    {
        using LogTail? tail = LogTail.Topic(plan.Kafka, new TopicNames(plan.Topics.Prefix).Panes, follow: false, NullLogger.Instance, out _);
        while (tail!.TryRead(out LogRecord record))
        {
            if (FrameCodec.Read(record.Value) is SealedPane pane && pane.Key.Start == (Start.AddDays(day) - DateTime.UnixEpoch).Ticks / 10
                && pane.Entry.Signals.FirstOrDefault(s => s.Signal == key) is { } counts) return counts.Cells;
        }

        return [];
    }

    private static JsonElement[] Late(DriftPlan plan) => [.. JoinRunTests.Verdicts(plan).Where(v => v.TryGetProperty("delay", out _)).Take(Labelled)];

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
