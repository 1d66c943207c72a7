using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Pages;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace DriftStream.Bench;

/// <summary>
/// <c>pages CONFIG [models] [signals] [windows]</c>: the store of pages with so many verdicts in it, a tenth of the models with an open episode: how long it
/// takes to fill from records, how large it is, and how long the server needs for each page, how large that is. Without Kafka and without HTTP; CONFIG
/// names the owners, who share the models.
/// </summary>
internal static class PagesTable
{
    private const int Asked = 300;

    private static readonly TopicNames Topics = new("driftstream.");

    public static int Run(string[] args)
    {
        if (args.Length == 0) return 1;
        int models = Number(args, 1, 1000), signals = Number(args, 2, 30), windows = Number(args, 3, 90);
        DriftPlan plan = Host.Commands.PlanFile.Read(args[0]).Plan!;
        string file = Path.Combine(Path.GetTempPath(), $"driftstream-pages-{Environment.ProcessId}.db");
        try
        {
            using var store = new HistoryStore(file, Topics.Prefix, TimeProvider.System, NullLogger.Instance);
            Fill(store, models, signals, windows);
            var site = new Site(new HistoryReader(store), () => plan, TimeProvider.System);
            Console.WriteLine("| page | median | 99th percentile | KB |");
            Console.WriteLine("|---|---|---|---|");
            var random = new Random(1);
            Page("fleet", () => PageText.Of<FleetPage>(("View", site.Fleet(null, random.Next(1, Math.Max(1, models / 100))))));
            Page("fleet, a search", () => PageText.Of<FleetPage>(("View", site.Fleet($"model-{random.Next(models)}", 1))));
            Page("owner", () => PageText.Of<OwnerPage>(("View", site.Owner("ml-platform"))));
            Page("model, 30 windows", () => PageText.Of<ModelPage>(("View", Model(30))));
            Page("model, 90 windows, one signal", () => PageText.Of<ModelPage>(("View", Model(90))));
            Page("episode", () => PageText.Of<EpisodePage>(("View", site.Episode($"episode-{random.Next(models / 10) * 10}"))));
            return 0;

            ModelView? Model(int count) => site.Model(new ModelQuery($"model-{random.Next(models)}", "1d", null, count, null,
                $"signal-{random.Next(signals)}", null, false));
        }
        finally
        {
            foreach (string path in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(file) + "*")) File.Delete(path);
        }
    }

    private static void Fill(HistoryStore store, int models, int signals, int windows)
    {
        var writer = new HistoryWriter(store, Topics, Duration.FromDays(90), TimeProvider.System, NullLogger.Instance);
        var random = new Random(7);
        var cpu = TimeSpan.Zero;
        long bytes = 0, records = 0;
        var batch = new List<LogRecord>();
        for (int window = 0; window < windows; window++)
        {
            for (int model = 0; model < models; model++)
            {
                Add(Records.Verdict(random, model, signals, window));
                if (model % 10 == 0 && window == windows - 1) Add(Records.Alert(model));
            }
        }

        Write();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{models:N0} models x {signals} signals x {windows} windows: {records:N0} records, {bytes / 1048576.0:N0} MiB of JSON"));
        double seconds = cpu.TotalSeconds; // of CPU, so that others on the machine do not count
        bytes = store.Bytes;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"store {bytes / 1048576.0:N0} MiB, {bytes / (double)records:N0} bytes a record; {seconds:N0} s of CPU, {records / seconds:N0} records/s"));

        void Add(LogRecord record)
        {
            batch.Add(record);
            bytes += record.Value!.Length;
            records++;
            if (batch.Count == 1000) Write();
        }

        void Write()
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            writer.TryWrite(batch, new Dictionary<(string, int), long> { [(Topics.Verdicts, 0)] = records });
            cpu += Environment.CpuUsage.TotalTime - before;
            batch.Clear();
        }
    }

    private static void Page(string name, Func<Task<string>> page)
    {
        var took = new List<double>();
        long bytes = 0;
        for (int i = 0; i < Asked + 20; i++)
        {
            long began = Stopwatch.GetTimestamp();
            string text = page().GetAwaiter().GetResult();
            if (i < 20) continue; // what is compiled is not the page's
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            bytes = Math.Max(bytes, Encoding.UTF8.GetByteCount(text));
        }

        took.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {took[Asked / 2]:0.0} ms | {took[Asked * 99 / 100]:0.0} ms | {bytes / 1000.0:0} |"));
    }

    private static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Records as the worker writes them: three statistics a signal, twelve cells, a fifth of the signals far from the baseline.</summary>
    private static class Records
    {
        private static readonly DateTime First = DateTime.UtcNow.Date.AddDays(-100);

        public static LogRecord Verdict(Random random, int model, int signals, int window)
        {
            var judged = new JsonArray();
            for (int i = 0; i < signals; i++)
            {
                bool drifts = (model + i) % 15 == 0 && window % 7 > 3;
                double psi = drifts ? 0.1 + (0.3 * random.NextDouble()) : 0.01 * random.NextDouble();
                judged.Add(new JsonObject
                {
                    ["signal"] = $"signal-{i}",
                    ["rows"] = 10_000,
                    ["missing"] = random.Next(50),
                    ["unseen"] = 0,
                    ["judgement"] = drifts ? "drifting" : "steady",
                    ["why"] = drifts ? $"signal-{i} has drifted: (10, 20] rose from 10 % to 34 %" : null,
                    ["design_effect"] = 1.21,
                    ["statistics"] = new JsonArray(Statistic("psi", psi, drifts), Statistic("ks", psi / 3, false), Statistic("missing", 0.001, false)),
                    ["shares"] = Shares(random),
                });
            }

            DateTime start = First.AddDays(window);
            return Of(Topics.Verdicts, new JsonObject
            {
                ["id"] = $"{model:x16}{window:x16}",
                ["model"] = $"model-{model}",
                ["version"] = "7",
                ["window"] = new JsonObject { ["name"] = "1d", ["start"] = At(start), ["end"] = At(start.AddDays(1)), ["complete"] = true },
                ["rows"] = 10_000 + random.Next(500),
                ["late_rows"] = 0,
                ["judgement"] = "drifting",
                ["why"] = $"2 of {signals} signals",
                ["signals"] = judged,
                ["groups"] = new JsonArray(),
                ["baseline"] = "sha256:" + new string('a', 64),
                ["plan"] = "sha256:" + new string('b', 64),
            });
        }

        public static LogRecord Alert(int model) => Of(Topics.AlertsOf("ml-platform"), new JsonObject
        {
            ["id"] = $"alert-{model}",
            ["episode"] = $"episode-{model}",
            ["status"] = "firing",
            ["severity"] = "critical",
            ["revision"] = 1,
            ["because"] = "began",
            ["owner"] = new JsonObject { ["id"] = "ml-platform", ["name"] = "ML platform", ["contact"] = "c" },
            ["to"] = new JsonArray("ml-platform"),
            ["model"] = $"model-{model}",
            ["version"] = "7",
            ["signal"] = "signal-0",
            ["group"] = null,
            ["summary"] = "signal-0 has drifted: (10, 20] rose from 10 % to 34 %",
            ["since"] = At(First.AddDays(80)),
            ["window"] = new JsonObject
            {
                ["name"] = "1d",
                ["start"] = At(First.AddDays(80)),
                ["end"] = At(First.AddDays(81)),
                ["complete"] = true
            },
            ["told"] = At(DateTime.UtcNow),
            ["respond_by"] = At(DateTime.UtcNow.AddHours(4)),
            ["next"] = null,
            ["acknowledged"] = null,
            ["decision"] = null,
            ["at_stake"] = null,
            ["symptoms"] = new JsonArray(),
            ["actions"] = new JsonArray(),
        });

        private static JsonObject Statistic(string name, double value, bool drifts) => new()
        {
            ["name"] = name,
            ["convention"] = "merged-cells",
            ["value"] = value,
            ["p_value"] = 0.4321,
            ["test"] = "x2-cells",
            ["detectable"] = 0.0213,
            ["reference_rows"] = 500_000,
            ["window_rows"] = 10_000,
            ["rule"] = "a9afb29ec8232883",
            ["rejected"] = drifts,
            ["judgement"] = drifts ? "drifting" : "steady",
        };

        private static JsonObject Shares(Random random)
        {
            var (cells, reference, window) = (new JsonArray(), new JsonArray(), new JsonArray());
            for (int i = 0; i < 12; i++)
            {
                cells.Add($"({i * 10}, {(i * 10) + 10}]");
                reference.Add(0.083333);
                window.Add(Math.Round(random.NextDouble() / 6, 6));
            }

            return new JsonObject { ["cells"] = cells, ["reference"] = reference, ["window"] = window };
        }

        private static LogRecord Of(string topic, JsonObject value) =>
            new(topic, 0, 0, EventTime.From(DateTime.UtcNow), null, Encoding.UTF8.GetBytes(value.ToJsonString()), []);

        private static string At(DateTime time) => EventTime.Format(EventTime.From(time));
    }
}
