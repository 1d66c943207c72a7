using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary>
/// <c>desk [models] [signals]</c>: one desk with so many models, of each of which so many signals speak, on one core and without Kafka: how fast it hears
/// windows, what a checkpoint with all of it on costs to write and to read, how long a tick takes that finds everything due, and how large the records are.
/// Seconds of CPU, so that others on the machine do not count.
/// </summary>
internal static class DeskTable
{
    public static int Run(string[] args)
    {
        int models = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000;
        int signals = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        DeskPlan plan = Plan(models);
        long before = GC.GetTotalMemory(true);
        var desk = new Desk.Desk(_ => plan, 0);
        EventTime at = EventTime.From(new DateTime(2026, 1, 1));
        Console.WriteLine($"{models:N0} models of one partition, {signals:N0} signals each, {models * signals:N0} symptoms");
        long steady = 0, began = 0, alert = 0;
        double quiet = Seconds(() => steady = Hear(desk, Windows(models, 0, 0, SymptomStatus.On), at).Bytes);
        double first = Seconds(() => (began, alert) = Hear(desk, Windows(models, signals, 1, SymptomStatus.Began), at + Duration.FromHours(1)));
        double on = Seconds(() => Hear(desk, Windows(models, signals, 2, SymptomStatus.On), at + Duration.FromHours(2)));
        Say("steady window records heard", models / quiet, "1/s");
        Say("window records in which all begin", models / first, "1/s");
        Say("window records in which all go on", models / on, "1/s");
        Say("bytes of a steady window record", steady / (double)models, "");
        Say("bytes of one in which all begin", began / (double)models, "");
        Say("bytes of an alert", alert / (double)models, "");
        byte[] checkpoint = [];
        Say("checkpoint written", Seconds(() => checkpoint = desk.Checkpoint(1)), "s");
        Say("its size", checkpoint.Length / 1048576.0, "MiB");
        Say("checkpoint read", Seconds(() => desk = Desk.Desk.Restore(_ => plan, DeskCheckpoint.Read(checkpoint)!)), "s");
        checkpoint = [];
        Say("managed memory with all of it on", (GC.GetTotalMemory(true) - before) / 1048576.0, "MiB");
        int told = 0;
        double due = Seconds(() => told = desk.Apply(at + Duration.FromDays(2), new TimeHeard(at + Duration.FromDays(2))).Alerts.Length);
        Say($"a tick at which {told:N0} episodes are due", due, "s");
        GC.KeepAlive(desk);
        return 0;
    }

    private static (long Bytes, long Alerts) Hear(Desk.Desk desk, List<byte[]> records, EventTime at)
    {
        long bytes = 0, alerts = 0;
        foreach (byte[] record in records)
        {
            bytes += record.Length;
            foreach (DeskAlert alert in desk.Apply(at, DeskCodec.Read(record)!).Alerts) alerts += DeskAlertJson.Write(alert).Length;
        }

        return (bytes, alerts);
    }

    private static List<byte[]> Windows(int models, int signals, int hour, SymptomStatus status)
    {
        byte[] detail = Encoding.UTF8.GetBytes("""
            {"statistic":{"name":"psi","convention":"merged-cells","value":0.34393513840873935,"p_value":4.3675272326340527e-26,"test":"x2-cells",
            "detectable":0.038,"reference_rows":68785,"window_rows":1242},
            "rule":{"id":"1962034aa5e6eaa6","alarm":"calibrated","level":0.01,"min_effect":0.02,"consecutive":"2 of 3"},
            "cells":[{"cell":"17","reference":0.052264301809987646,"window":0,"contribution":0.25236868429155024}],
            "baseline":{"id":"m","hash":"sha256:a6e3de11b1c7a126b78cc8acd9fa255b5c1547e7017bb245ea01d18f35052cf6","rows":68785},"rules":[]}
            """.ReplaceLineEndings(""));
        EventTime start = EventTime.From(new DateTime(2026, 1, 1)) + Duration.FromHours(hour);
        var records = new List<byte[]>(models);
        for (int m = 0; m < models; m++)
        {
            string model = Name(m);
            var version = new WindowVersion(
                "7", Identity.Of(model), Identity.Digest([detail]), new RowCount(1242), Judgement.Steady, Identity.Digest([detail]));
            Symptom[] symptoms =
            [
                .. Enumerable.Range(0, signals).Select(s => new Symptom(
                    new Subject(model, "7", "1h", $"signal {s}", null), status, Severity.Warning, start,
                    "it has drifted: 16 and 17 (7.5 % of the baseline) no longer arrive")
                {
                    Detail = status == SymptomStatus.Began ? [.. detail] : [],
                }),
            ];
            records.Add(WindowRecordJson.Write(new WindowRecord(
                model, "1h", start, start + Duration.FromHours(1), true, 0, Identity.Digest([]), [version], [.. symptoms])));
        }

        return records;
    }

    private static DeskPlan Plan(int models)
    {
        var owner = new Owner("team", "Team", "team@example.org") { Escalate = [new EscalationStep("root", Duration.FromHours(4), Severity.Warning)] };
        var root = new Owner("root", "Root", "root@example.org");
        return new DeskPlan(
            "sha256:plan", "root", new[] { owner, root }.ToImmutableSortedDictionary(o => o.Id, o => o),
            Enumerable.Range(0, models).Select(Name)
                .ToImmutableSortedDictionary(m => m, m => new AlertSettings(m, owner, [], "Estimates", "https://example.org", [], 2, 3, 3)),
            DeskSettings.Default);
    }

    private static string Name(int model) => string.Create(CultureInfo.InvariantCulture, $"model-{model:00000}");

    private static double Seconds(Action action)
    {
        TimeSpan began = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - began).TotalSeconds;
    }

    private static void Say(string what, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {value:#,0.###} {unit} |"));
}
