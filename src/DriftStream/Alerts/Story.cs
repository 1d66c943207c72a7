using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Alerts;

/// <summary>
/// What a window says of something that speaks, in marks that can be compared: which kinds of rules speak, which cells moved and which way. A symptom is told
/// again when what leads is not part of what was told, not when a number changes.
/// </summary>
/// <param name="Lead">The kinds of rules that speak, and the cell that moved most.</param>
/// <param name="Marks">These, and the other cells that are shown.</param>
public readonly record struct Story(ImmutableArray<string> Lead, ImmutableArray<string> Marks)
{
    /// <summary>One that never changes.</summary>
    public static Story None { get; } = new([], []);

    /// <summary>The story of a signal, or of a slice of it.</summary>
    public static Story Of(JudgedSignal signal, ImmutableArray<RuledStatistic> rules)
    {
        string[] kinds = [.. rules.Where(r => r.Speaks).Select(KindOf).Distinct()];
        // Rates of missing rows and the like name their own cell, and trends no cell of this window.
        string[] cells = kinds.Contains(Distribution) ? [.. signal.Cells.Select(c => $"{(c.Window > c.Reference ? '+' : '-')}{c.Cell}")] : [];
        return new Story([.. kinds, .. cells.Take(1)], [.. kinds, .. cells]);
    }

    /// <summary>The story of a group; <paramref name="group"/> holds its verdicts, one a statistic.</summary>
    public static Story Of(JudgedGroup[] group)
    {
        JudgedGroup[] speaking = [.. group.Where(g => g.Statistic.Judgement == Judgement.Drifting)];
        ImmutableArray<string> marks = [.. speaking.SelectMany(g => (string[])[g.Statistic.Name, $"-{g.Least}"]).Distinct()];
        return new Story(marks, marks);
    }

    /// <summary>The story of how well a model does: which metrics speak.</summary>
    public static Story Of(ImmutableArray<JudgedMetric> metrics)
    {
        ImmutableArray<string> marks = [.. metrics.Where(m => m.Statistic.Judgement == Judgement.Drifting).Select(m => m.Metric.Name).Distinct()];
        return new Story(marks, marks);
    }

    /// <summary>Whether what leads is part of what was told.</summary>
    public bool IsPartOf(ImmutableArray<string> told) => Lead.All(told.Contains);

    private const string Distribution = "distribution";

    private static string KindOf(RuledStatistic rule) =>
        rule.Rule.Alarm.Form.IsTrend ? "trend"
        : rule.Rule.Cells is { } cells ? $"{RowRates.Share} {string.Join(", ", cells)}"
        : rule.Statistic.Name is RowRates.Missing or RowRates.Nan or RowRates.Unseen or RowRates.OutOfRange or RowRates.Volume ? rule.Statistic.Name
        : Distribution;
}
