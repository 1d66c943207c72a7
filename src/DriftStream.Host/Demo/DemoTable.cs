using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Host.Demo;

/// <summary>What became of one fault.</summary>
/// <param name="Windows">How many windows it took from the first that the fault touches to the one that fired; null where nothing
/// did.</param>
/// <param name="AnsweredAfter">Seconds from when it was told to when somebody had it; null where nobody did.</param>
/// <param name="AnsweredBy">The owner for whom that was said, or null.</param>
internal sealed record DemoOutcome(
    string Id,
    string What,
    string Subject,
    string Owner,
    bool Found,
    int? Windows,
    bool Resolved,
    bool OwnerRight,
    bool CellsRight,
    ImmutableArray<string> Alerts,
    double? AnsweredAfter,
    string? AnsweredBy)
{
    [JsonIgnore]
    public bool Fine => Found && Resolved && OwnerRight && CellsRight && AnsweredAfter is not null;
}

/// <summary>Rows of the whole run, by fate.</summary>
internal sealed record DemoRows(
    long Sent, long Counted, long Open, long Late, long Overtaken, long Future, long Rejected, long Unowned, long Unaccounted);

/// <summary>The closing table.</summary>
internal sealed record DemoTable(
    ImmutableArray<DemoOutcome> Faults,
    ImmutableArray<DemoOutcome> Expected,
    ImmutableArray<string> Unexpected,
    DemoRows Rows,
    long Verdicts,
    ImmutableSortedDictionary<string, int> AlertsByOwner,
    double Seconds,
    double RowsPerSecond,
    double ValuesPerSecond,
    long PeakMemoryBytes)
{
    /// <summary>What the second act told; null where it was not played.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DemoTruth? Truth { get; init; }

    /// <summary>Every fault found and resolved by its owner, nothing else fired, every row accounted for.</summary>
    public bool Fine => Faults.All(f => f.Fine) && Unexpected.IsEmpty && Rows is { Unaccounted: 0, Open: 0 } && Truth is null or { Fine: true };
}

/// <summary>Compares the alerts that came with the faults that were put in.</summary>
internal static class DemoOutcomes
{
    public static (ImmutableArray<DemoOutcome> Faults, ImmutableArray<DemoOutcome> Expected, ImmutableArray<string> Unexpected) Of(
        DemoScript script, IReadOnlyList<ReadAlert> alerts)
    {
        var explained = new HashSet<string>();
        ImmutableArray<DemoOutcome> faults = [.. script.Faults.Select(f => Of(f, alerts, explained, mustResolve: true))];
        ImmutableArray<DemoOutcome> expected = [.. script.Expected.Select(f => Of(f, alerts, explained, mustResolve: false))];
        ImmutableArray<string> unexpected =
        [
            .. alerts.Where(a => a.Firing && !explained.Contains(a.Episode)).DistinctBy(a => a.Episode)
                .Select(a => $"{EventTime.Format(a.WindowStart)[..10]} {a.Owner} {a.Model} {a.Subject}: {a.Summary}"),
        ];
        return (faults, expected, unexpected);
    }

    private static DemoOutcome Of(DemoFault fault, IReadOnlyList<ReadAlert> alerts, HashSet<string> explained, bool mustResolve)
    {
        List<ReadAlert> during = [.. alerts.Where(a => a.Firing && a.Model == fault.Model && Touches(fault, a) && Names(fault, a))];
        foreach (ReadAlert alert in during) explained.Add(alert.Episode);
        ReadAlert? first = during.Where(a => Is(fault.Signal, fault.Group, a)).MinBy(a => a.WindowStart);
        int? windows = null;
        if (first is not null)
        {
            long size = first.WindowEnd - first.WindowStart;
            long start = first.WindowStart - ((first.WindowStart - fault.FromTime) / size * size);
            if (start > fault.FromTime) start -= size;
            windows = (int)((first.WindowStart - start) / size) + 1;
        }

        // An episode that is still open at the end of the data counts as unresolved, whoever's it is.
        bool resolved = first is not null && during.All(f => alerts.Any(a => a.Status == "resolved" && a.Episode == f.Episode));
        ReadAlert? answered = alerts.FirstOrDefault(a => a.Status == "acknowledged" && a.Episode == first?.Episode);
        return new DemoOutcome(
            fault.Id,
            fault.What,
            fault.Subject,
            fault.Owner,
            first is not null,
            windows,
            resolved || !mustResolve,
            during.TrueForAll(a => a.Owner == fault.Owner),
            first is not null && CellsRight(fault, first),
            [.. during.SelectMany(a => a.Symptoms).Select(s => s.Signal ?? $"{s.Group} parity").Distinct()],
            answered is null ? null : Math.Round((answered.Told - alerts.First(a => a.Episode == answered.Episode).Told) / 1e6, 2),
            answered?.AcknowledgedBy);
    }

    private static bool Touches(DemoFault fault, ReadAlert alert) => alert.WindowStart < fault.ToTime && fault.FromTime < alert.WindowEnd;

    private static bool Names(DemoFault fault, ReadAlert alert) =>
        Is(fault.Signal, fault.Group, alert) || (!fault.Also.IsDefault && fault.Also.Any(a => Is(a.Signal, a.Group, alert)));

    private static bool Is(string? signal, string? group, ReadAlert alert) => alert.Symptoms.Contains(new DemoSubject(signal, group));

    private static bool CellsRight(DemoFault fault, ReadAlert alert)
    {
        if (fault.Group is not null) return true;
        if (!fault.Cells.IsDefaultOrEmpty && !fault.Cells.All(c => alert.Cells.Contains(c))) return false;
        return fault.ValuesFrom is not { } from || alert.Cells.Any(c => HoldsAllFrom(c, from));
    }

    // A range without an upper end: "> 72", ">= 72".
    private static bool HoldsAllFrom(string cell, double from)
    {
        string number = cell.TrimStart('>', '=', ' ');
        return cell.StartsWith('>') && double.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out double low) && low <= from;
    }
}

/// <summary>Adds up what judges and counters say of the rows.</summary>
internal static class DemoAccounting
{
    public static DemoRows Of(long sent, Worker.WorkerStatus status)
    {
        var fates = default(FateCounts);
        foreach (Worker.CounterProgress counter in status.Counters.Values) fates += counter.Fates;
        long open = 0, sealedRows = 0, overtaken = 0;
        foreach (Worker.JudgeProgress judge in status.Judges.Values)
        {
            foreach (Windows.SourceAccount account in judge.Accounts)
            {
                open += account.Open;
                sealedRows += account.Sealed;
                overtaken += account.Overtaken;
            }
        }

        long known = open + sealedRows + overtaken + fates.Late + fates.Future + fates.Rejected + fates.Unowned;
        return new DemoRows(sent, sealedRows, open, fates.Late, overtaken, fates.Future, fates.Rejected, fates.Unowned, sent - known);
    }
}
