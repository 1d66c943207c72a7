using System.Diagnostics;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Bench;

/// <summary>
/// <c>plan MODELS OWNERS EDGES</c>: what it takes to check and to run a configuration of so many, with a file a team or few large ones, and a baseline a model
/// or few that are shared: the command <c>check</c> as a process of its own, and the steps of a worker. <c>plan files FOLDER MODELS OWNERS EDGES</c>
/// writes the four configurations and keeps them; <c>plan steps CONFIG</c> and <c>plan command NAME CONFIG</c> measure one of them.
/// </summary>
internal static class PlanTable
{
    private static readonly (string Name, bool OfTeams, bool Own)[] Variants =
    [
        ("teams-own", true, true), ("teams-shared", true, false), ("large-own", false, true), ("large-shared", false, false),
    ];

    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["files", var folder, .. var sizes]:
                Files(folder, sizes);
                return 0;
            case ["steps", var config]:
                Steps(config);
                return 0;
            case ["command", var command, var config]:
                Console.WriteLine(Command(command, config));
                return 0;
        }

        string kept = Directory.CreateTempSubdirectory("driftstream-bench-plan-").FullName;
        try
        {
            Files(kept, args);
            foreach ((string name, _, _) in Variants)
            {
                string config = Path.Combine(kept, name, "driftstream.yaml");
                Console.WriteLine($"{name}: check {Command("check", config)}");
                Steps(config);
            }
        }
        finally
        {
            Directory.Delete(kept, recursive: true);
        }

        return 0;
    }

    private static void Files(string folder, string[] sizes)
    {
        var files = new PlanFiles(Number(sizes, 0, 10_000), Number(sizes, 1, 1_000), Number(sizes, 2, 100));
        foreach ((string name, bool ofTeams, bool own) in Variants) files.Write(Path.Combine(folder, name), ofTeams, own);
    }

    private static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Wall and CPU seconds and the peak of resident memory of a command; looked at every 10 ms.</summary>
    private static string Command(string command, string config)
    {
        string[] of = command == "owners" ? ["owners", "--offline", "-c", config] : [command, config];
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(CheckCommand).Assembly.Location, .. of]) { RedirectStandardOutput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        (double cpu, long peak) = (0, 0);
        while (!process.WaitForExit(10))
        {
            try
            {
                process.Refresh();
                (cpu, peak) = (process.TotalProcessorTime.TotalSeconds, Math.Max(peak, process.PeakWorkingSet64));
            }
            catch (InvalidOperationException)
            {
                break; // It has just ended.
            }
        }

        process.WaitForExit();
        double wall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture,
            $"{wall:0.00} s, {cpu:0.00} s of CPU, {peak / 1048576} MiB at its peak, exit {process.ExitCode}, {said.Result.Length:N0} characters");
    }

    private static void Steps(string config)
    {
        PlanResult? result = null;
        var files = new BaselineFiles();
        Say("read", () => result = PlanFile.Read(config, files, _ => { }));
        if (result!.Plan is not { } plan)
        {
            foreach (Finding finding in result.Findings.Take(10)) Console.WriteLine(FindingText.ForPeople(finding));
            throw new InvalidOperationException("no plan");
        }

        Console.WriteLine($"  {plan.Models.Length:N0} models, {plan.Owners.Count:N0} owners, {result.Findings.Length} findings, {plan.Hash}");
        Say("what baselines are like", () => _ = BaselineQuality.Warnings(config, result).Count());
        PlanRecord? record = null;
        Say("as a record of the topic", () => record = PlanRecord.Of(plan, "bench", EventTime.From(new DateTime(2026, 1, 1))));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {record!.Write().Length / 1048576.0:0.0} MiB"));
        var book = new PlanBook(plan);
        Dictionary<string, byte[]> parts = [];
        Say("baselines as records", () =>
        {
            foreach (Baseline part in plan.Models.SelectMany(PlanDocument.PartsOf).DistinctBy(b => b.Hash)) parts[part.Hash] = BaselineFile.Write(part);
        });
        book.Add(parts);
        Say("heard from the topic", () => book.Add(0, record));
        Say("in force", () => book.Run());
        Say("for judges", () => book.Judging(0));
        Say("for desks", () => book.Desks(0));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  managed {GC.GetTotalMemory(true) / 1048576.0:0} MiB"));
        Say("read again", () => book.Offer(PlanFile.Read(config, files, _ => { }).Plan!));
        Say("nothing to publish", () => book.TakeWanted());
        GC.KeepAlive(plan);
    }

    private static void Say(string what, Action action)
    {
        (long began, TimeSpan busy) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        action();
        double wall = Stopwatch.GetElapsedTime(began).TotalSeconds, cpu = (Environment.CpuUsage.TotalTime - busy).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what}: {wall:0.00} s, {cpu:0.00} s of CPU"));
    }
}
