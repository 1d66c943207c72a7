using DriftStream.Host.Commands;
using DriftStream.Host.Demo;
using Microsoft.Extensions.Logging.Abstractions;
using ParquetSharp;
using Spectre.Console;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>The demo's second act, against what the sample's files say when they are read by themselves.</summary>
public sealed class SecondActTests
{
    private const int Fortnight = 14;

    // The fault begins on 4 June and ends with 29 July; windows are from Thursday to Thursday, two weeks each.
    private static readonly string[] Touched = ["2018-05-31", "2018-06-14", "2018-06-28", "2018-07-12", "2018-07-26"];

    [Fact]
    public void Labels_TellWhatTheFaultHadCost_AndTheEstimateSaidSoBefore()
    {
        using var lines = new StringWriter();
        using var errors = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(lines) });
        DemoScript script = DemoScript.Read(SampleRun.Folder);
        var act = new SecondAct(
            SampleRun.Folder, PlanFile.Read(Path.Combine(SampleRun.Folder, script.Labels.Config)).Plan!, script,
            new DemoScreen(console, lines, errors, json: false), NullLogger.Instance);
        DemoTruth? truth = act.Run(CancellationToken.None);
        Assert.True(truth is { Fine: true }, $"{truth}\n{errors}");
        // Decisions truly drift, too: told where that is heard together with the rest.
        Assert.Equal(["equal_opportunity_difference", "estimated_recall", "recall"], truth.Statistics.Except(["psi"]));
        Assert.Equal(truth.Labels, truth.Matched);

        Dictionary<string, (long Rows, long Selected)> plain = Plain(script);
        Assert.True(truth.Windows.Length >= 17, $"{truth.Windows.Length} windows");
        foreach (TruthWindow window in truth.Windows)
        {
            (long rows, long selected) = plain[window.Start[..10]];
            Assert.Equal((rows, Math.Round((double)selected / rows, 4)), (window.Rows, window.Realised));
            Assert.InRange(window.Estimated, window.Realised - 0.03, window.Realised + 0.03);
            if (window.Judgement == "drifting") Assert.Contains(window.Start[..10], Touched);
        }

        Assert.Contains("estimated at once", lines.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{truth.Missed:N0} persons", lines.ToString(), StringComparison.Ordinal);
    }

    // By window: how many do work, of those whose label came, and how many of these were seen to.
    private static Dictionary<string, (long Rows, long Selected)> Plain(DemoScript script)
    {
        using var stream = new ParquetFileReader(Path.Combine(SampleRun.Folder, script.Labels.Streams[0].File));
        using var labels = new ParquetFileReader(Path.Combine(SampleRun.Folder, script.Labels.Streams[1].File));
        Dictionary<long, long> employed = Read<long>(labels, "id").Zip(Read<long>(labels, "employed")).ToDictionary(l => l.First, l => l.Second);
        var windows = new Dictionary<string, (long Rows, long Selected)>();
        (long[] ids, DateTime[] times, long[] decisions) = (Read<long>(stream, "id"), Read<DateTime>(stream, "event_time"), Read<long>(stream, "prediction"));
        for (int i = 0; i < ids.Length; i++)
        {
            (long id, DateTime at, long decision) = (ids[i], times[i], decisions[i]);
            if (at < script.Labels.From.ToUniversalTime() || employed.GetValueOrDefault(id) == 0) continue;
            DateTime start = DateTime.UnixEpoch.AddDays(Math.Floor((at - DateTime.UnixEpoch).TotalDays / Fortnight) * Fortnight);
            (long rows, long selected) = windows.GetValueOrDefault($"{start:yyyy-MM-dd}");
            windows[$"{start:yyyy-MM-dd}"] = (rows + 1, selected + decision);
        }

        return windows;
    }

    private static T[] Read<T>(ParquetFileReader from, string name)
    {
        int index = Enumerable.Range(0, from.FileMetaData.NumColumns).First(i => from.FileMetaData.Schema.Column(i).Name == name);
        using RowGroupReader group = from.RowGroup(0);
        using LogicalColumnReader<T> column = group.Column(index).LogicalReader<T>();
        return column.ReadAll((int)group.MetaData.NumRows);
    }
}
