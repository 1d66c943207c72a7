using System.Globalization;
using System.Text.Json;
using DriftStream.Plan;

namespace DriftStream.Bench;

/// <summary>
/// <c>end-to-end</c>: the same topic of a real Kafka, read by a consumer that does nothing and by the counter, in turns.
/// </summary>
internal static class EndToEnd
{
    private const string Usage = """
        usage: end-to-end --bootstrap HOST:PORT [--columns 10,100,1000] [--message 16KiB,256KiB,1MiB] [--edges 15,255,1023]
                          [--codec none,lz4] [--values normal|constant] [--megabytes 2048] [--rounds 3] [--threads N]
                          [--client name=value,...] [--json] [--out FILE]
        Every combination is one run. --json writes one object a run. Topics bench.* are made, filled once and kept.
        Constant values, with lz4, make a topic that is read for minutes and yet fits the memory that Kafka reads it from.
        """;

    public static int Run(string[] args)
    {
        string? bootstrap = Value(args, "--bootstrap"), output = Value(args, "--out");
        if (bootstrap is null)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        Host.Kafka.FetchMemory.Keep();
        int megabytes = Number(Value(args, "--megabytes") ?? "2048"), rounds = Number(Value(args, "--rounds") ?? "3");
        int? threads = Value(args, "--threads") is { } text ? Number(text) : null;
        string client = string.Join(", ", List(args, "--client", "").Select(p => p.Replace("=", ": ", StringComparison.Ordinal)));
        bool json = args.Contains("--json");
        var runs = new List<EndToEndRun>();
        foreach (int columns in List(args, "--columns", "10,100,1000").Select(Number))
        {
            foreach ((string message, string codec) in
                from m in List(args, "--message", "16KiB,256KiB,1MiB") from c in List(args, "--codec", "none,lz4") select (m, c))
            {
                if (!Quantity.TrySize(message, out long bytes)) throw new FormatException($"--message {message}: a size such as 256KiB");
                var topic = new EndToEndTopic(bootstrap, columns, (int)bytes, codec, Value(args, "--values") == "constant");
                topic.Fill(megabytes * 1_000_000L, Console.Error);
                foreach (int edges in List(args, "--edges", "15,255,1023").Select(Number))
                {
                    EndToEndRun run = EndToEndRun.Measure(topic, edges, rounds, threads, client);
                    runs.Add(run);
                    Console.Error.WriteLine(run.Row);
                    if (json) Console.WriteLine(JsonSerializer.Serialize(run.Json));
                }
            }
        }

        if (output is not null) File.WriteAllText(output, EndToEndRun.Table(runs, megabytes, rounds));
        return 0;
    }

    private static string[] List(string[] args, string name, string otherwise) => (Value(args, name) ?? otherwise).Split(',');

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string? Value(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
