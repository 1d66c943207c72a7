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
/// Labels that are numbers, and such as are classes, in topics of their own, from a config to an alert: they come days later, are corrected, and some never
/// come. Counts are those of a plain join in memory, and metrics those of its rows.
/// </summary>
public sealed class JoinKindsRunTests
{
    private const int Rows = 400, Labelled = 3;

    private static readonly DateTime Start = new(2026, 1, 1);

    private static readonly string[] Animals = ["cat", "dog", "owl"];

    [Fact]
    public async Task LaterLabels_OfEitherKind_AreCountedAsTheyAre()
    {
        using var broker = new EmbeddedBroker();
        string folder = Directory.CreateTempSubdirectory("driftstream-kinds").FullName;
        try
        {
            DriftPlan plan = Prepare(folder, broker);
            for (int day = 0; day < 3; day++) Predict(plan, day);
            await JoinRunTests.Run(plan, () => JoinRunTests.Verdicts(plan).Count >= 2);
            for (int day = 0; day < Labelled; day++) Label(plan, day);
            for (int day = 3; day < 8; day++) Predict(plan, day);
            Label(plan, 9);
            foreach (string model in (string[])["house", "photo"]) await JoinRunTests.Run(plan, () => Late(plan, model).Length >= Labelled);

            for (int day = 0; day < Labelled; day++)
            {
                Assert.Equal(Residuals(plan, day), Counts(plan, "residual:price", day));
                Assert.Equal(Classes(plan, day), Counts(plan, "classes:animal", day));
                JsonElement house = Late(plan, "house")[day].GetProperty("performance"), photo = Late(plan, "photo")[day].GetProperty("performance");
                Assert.All([house, photo], p => Assert.Equal(("""{"rows":400,"known":300,"selected_rows":0,"selected_known":0}""",
                    "labels are known of 75 % of rows"), (p.GetProperty("labels").GetRawText(), Text(p, "coverage"))));
                foreach (PerformanceMetric metric in DriftStream.Statistics.Residuals.Of([.. Prices(day)]))
                {
                    JsonElement of = Metric(house, metric.Name), open = of.GetProperty("left_open");
                    Assert.InRange(metric.Value!.Value, open[0].GetDouble(), open[1].GetDouble());
                }

                Assert.Equal(Seen(day).Count(s => s.Decided == s.Animal) / 300.0, Metric(photo, "accuracy").GetProperty("value").GetDouble(), 1e-12);
                Assert.Equal(Recall(day, "owl"), Metric(photo, "recall of owl").GetProperty("value").GetDouble(), 1e-12);
            }

            // Prices are off by four more from the second day on, and owls taken for dogs.
            Assert.Equal(["steady", "drifting", "drifting"], Late(plan, "house").Select(v => Text(Metric(v.GetProperty("performance"), "mae"), "judgement")));
            Assert.Equal(["steady", "drifting", "drifting"],
                Late(plan, "photo").Select(v => Text(Metric(v.GetProperty("performance"), "recall of owl"), "judgement")));
            JsonElement[] detectors = [.. Late(plan, "photo").Select(v => v.GetProperty("performance").GetProperty("detectors").EnumerateArray().Single())];
            Assert.Equal([0, 1, 0], detectors.Select(d => d.GetProperty("drifts").GetInt32()));
            // Until labels come nothing is known, and nothing estimated.
            Assert.All(JoinRunTests.Verdicts(plan).Where(v => !v.TryGetProperty("delay", out _)), v => Assert.False(v.TryGetProperty("performance", out _)));

            JsonElement[] symptoms =
            [
                .. JoinRunTests.Values(plan, new TopicNames(plan.Topics.Prefix).AlertsOf("team")).SelectMany(a => a.GetProperty("symptoms").EnumerateArray()),
            ];
            Assert.Contains(symptoms, s => Text(s.GetProperty("statistic"), "name") == "mae"
                && Text(s, "summary")!.StartsWith("mae is 4.", StringComparison.Ordinal)
                && Text(s, "summary")!.EndsWith("(by labels known up to 2d later)", StringComparison.Ordinal));
            Assert.Contains(symptoms, s => Text(s.GetProperty("statistic"), "name") == "recall of owl");
            Assert.All(JoinStands.Read(plan, NullLogger.Instance, out _), s => Assert.True(s.Fates.Corrected > 0 && s.Fates.IsWhole));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DriftPlan Prepare(string folder, EmbeddedBroker broker)
    {
        File.WriteAllLines(Path.Combine(folder, "houses.csv"), ["guess,price", .. Enumerable.Range(0, 2000).Select(i => $"{Guess(i)},{Guess(i) + Off(i, 0)}")]);
        File.WriteAllLines(Path.Combine(folder, "photos.csv"), ["seen,animal", .. Enumerable.Range(0, 2000).Select(i => $"{Animals[i % 3]},{Animal(i, 0)}")]);
        string config = Path.Combine(folder, "driftstream.yaml");
        File.WriteAllText(config, $$"""
            owners: [{ id: team, name: Team, contact: team@example.org }]
            models:
            {{Model("house", "score: guess, label: { column: price, kind: number, time: known_at }", "houses.csv",
                "{ statistic: mae, alarm: { above: 2.5, confidence: 95% } }")}}
            {{Model("photo", "decision: seen, label: { column: animal, kind: class, time: known_at }", "photos.csv",
                "{ statistic: recall, class: owl, alarm: { below: 0.9, min_rows: 50 } }, { statistic: accuracy, alarm: { detector: hddm_a } }")}}
            """);
        DriftPlan plan = DemoRun.Paced(PlanFile.Load(config, Console.Error)!, broker.Settings);
        foreach (OurTopic topic in TopicCatalogue.Of(plan)) broker.CreateTopic(topic.Name, topic.Partitions);
        foreach (string model in (string[])["house", "photo"])
        {
            broker.CreateTopic(model, 2);
            broker.CreateTopic($"{model}.truth", 3);
        }

        return plan;
    }

    private static string Model(string id, string columns, string reference, string rules) => $$"""
          - id: {{id}}
            owner: team
            sources: [{ topic: {{id}}, format: json }, { topic: {{id}}.truth, format: json, provides: [label] }]
            columns: { id: id, time: at, {{columns}} }
            labels: { within: 3d, judge_at: [2d], corrections: last }
            baseline: { data: {{reference}} }
            allowed_lateness: 0s
            window: { size: 1d, min_rows: 100 }
            rules: [{{rules}}]
            fire: { after: 1 }

        """;

    private static double Guess(int i) => 200 + (i % 41) + (i % 7 / 10.0);

    private static double Off(int i, int day) => (i % 9) - 4 + (i % 13 / 8.0) + (day > 0 ? 4.25 : 0);

    private static string Animal(int i, int day) => day > 0 && i % 3 == 1 ? "owl" : i % 50 == 0 ? "yak" : Animals[i % 3];

    private static bool IsLabelled(int i) => i % 4 != 3;

    private static void Predict(DriftPlan plan, int day)
    {
        IEnumerable<int> rows = Enumerable.Range(0, Rows);
        JoinRunTests.Send(plan, "house", 2, rows.Select(i => (object)new { id = $"{day}-{i}", at = At(i), guess = Guess(i) }));
        JoinRunTests.Send(plan, "photo", 2, rows.Select(i => (object)new { id = $"{day}-{i}", at = At(i), seen = Animals[i % 3] }));

        DateTime At(int i) => Start.AddDays(day).AddMinutes(i);
    }

    // One in five is something else first, and one in seven once more when it is too late for the delay.
    private static void Label(DriftPlan plan, int day)
    {
        foreach ((double after, int part, int off) in new[] { (1.2, 5, 50), (1.5, 1, 0), (3.1, 7, 70) })
        {
            int[] rows = [.. Enumerable.Range(0, Rows).Where(i => IsLabelled(i) && i % part == 0)];
            JoinRunTests.Send(
                plan, "house.truth", 3, rows.Select(i => (object)new { id = $"{day}-{i}", known_at = At(i), price = Guess(i) + Off(i, day) + off }));
            JoinRunTests.Send(
                plan, "photo.truth", 3, rows.Select(i => (object)new { id = $"{day}-{i}", known_at = At(i), animal = off == 0 ? Animal(i, day) : "cat" }));

            DateTime At(int i) => Start.AddDays(day + after).AddSeconds(i);
        }
    }

    private static IEnumerable<(double Predicted, double Label)> Prices(int day) =>
        Enumerable.Range(0, Rows).Where(IsLabelled).Select(i => (Guess(i), Guess(i) + Off(i, day)));

    private static IEnumerable<(string Decided, string Animal)> Seen(int day) =>
        Enumerable.Range(0, Rows).Where(IsLabelled).Select(i => (Animals[i % 3], Animal(i, day)));

    private static double Recall(int day, string animal) => Seen(day).Where(s => s.Animal == animal).Average(s => s.Decided == animal ? 1.0 : 0.0);

    private static long[] Residuals(DriftPlan plan, int day)
    {
        BaselineSignal signal = SignalOf(plan, "residual:price");
        var counts = new long[signal.Layout.Cells];
        foreach ((double predicted, double label) in Prices(day)) counts[signal.Layout.Edges.Count(e => e <= predicted - label)]++;
        counts[^1] = Rows - counts.Sum();
        return counts;
    }

    private static long[] Classes(DriftPlan plan, int day)
    {
        Layout layout = SignalOf(plan, "classes:animal").Layout;
        Assert.Equal(["cat", "dog", "owl", "yak"], layout.Inner!.Categories);
        var counts = new long[layout.Cells];
        for (int i = 0; i < Rows; i++)
        {
            int label = IsLabelled(i) ? layout.Second!.Categories.IndexOf(Animal(i, day)) : layout.Second!.MissingCell;
            counts[(layout.Inner.Categories.IndexOf(Animals[i % 3]) * layout.Second.Cells) + label]++;
        }

        return counts;
    }

    private static BaselineSignal SignalOf(DriftPlan plan, string key) => plan.Models.SelectMany(m => m.Judgement.Baseline.Signals).Single(s => s.Key == key);

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

    private static JsonElement[] Late(DriftPlan plan, string model) =>
        [.. JoinRunTests.Verdicts(plan).Where(v => Text(v, "model") == model && v.TryGetProperty("delay", out _)).Take(Labelled)];

    private static JsonElement Metric(JsonElement performance, string name) =>
        performance.GetProperty("metrics").EnumerateArray().Single(m => Text(m, "name") == name);

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
