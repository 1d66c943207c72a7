using System.Text.Json.Serialization;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>A number by which its owner tells whether a model is worth its keep (key performance indicator), and the target for it.</summary>
/// <param name="Rule">
/// Which number, and its target: the alarm is <see cref="AlarmKind.Below"/> a least value, or <see cref="AlarmKind.Above"/> a greatest one. The rule's id is
/// that of the KPI.
/// </param>
/// <param name="Text">What it means, for people; null where its id says it.</param>
public sealed record Kpi(Rule Rule, string? Text)
{
    /// <summary>The statistic of what the errors of a row cost on average: of <see cref="ErrorCosts"/>, in its unit.</summary>
    public const string CostPerRow = "cost_per_row";

    /// <summary>
    /// What a row costs that is short of the target or, of a number that is no share, one of it in one row, in <see cref="Unit"/>; null where nobody says.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ValuePerRow { get; init; }

    /// <summary>A currency or another unit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    /// <summary>Its name in every message.</summary>
    [JsonIgnore]
    public string Id => Rule.Id;

    /// <summary>For people: what it means, or else its id.</summary>
    [JsonIgnore]
    public string Name => Text ?? Id;

    /// <summary>It needs labels.</summary>
    internal bool IsOfLabels => Rule.Statistic == CostPerRow || Rule.IsOfLabels;

    /// <summary>It is a share of rows, 0 to 1, so that rows are short of its target.</summary>
    internal bool IsShare => Rule.Statistic == RowRates.Share || StatisticCatalog.Entries.Any(e => e.IsShare && e.Name == Rule.Statistic);

    /// <summary>The target is a least value; otherwise a greatest one.</summary>
    [JsonIgnore]
    public bool AtLeast => Rule.Alarm.Form.Below;

    /// <summary>The target.</summary>
    [JsonIgnore]
    public double Target => Rule.Alarm.Value;

    /// <summary>Text of the target: <c>at least 30 %</c>.</summary>
    [JsonIgnore]
    public string TargetText => $"{(AtLeast ? "at least" : "at most")} {Spell(Target)}";

    /// <summary>A value of it for people.</summary>
    public string Spell(double value) => IsShare ? Summary.Points(value) + " %" : Summary.Digits(value) + (Rule.Statistic == CostPerRow ? $" {Unit}" : "");
}

/// <summary>A KPI in a closed window.</summary>
/// <param name="Kpi">What it is.</param>
/// <param name="Statistic">Its value, and whether it misses its target: <see cref="Judgement.Drifting"/> where it does.</param>
/// <param name="Why">One sentence where it misses its target, or cannot be told; null where it meets it.</param>
public sealed record JudgedKpi(Kpi Kpi, JudgedStatistic Statistic, string? Why)
{
    /// <summary>Its value follows from cells, which leave open what it is of the rows themselves.</summary>
    public bool OfCells { get; init; }

    /// <summary>Where the value of the rows lies, of which only cells are known; null where nothing is left open, or no bound is known.</summary>
    public Interval? LeftOpen { get; init; }

    /// <summary>Cells tell no bound of it on one side at least.</summary>
    internal bool IsUnbounded => LeftOpen is var (low, high) && (double.IsInfinity(low) || double.IsInfinity(high));

    /// <summary>By how much it misses its target, above 0, at least where cells tell no bound; null where it does not.</summary>
    public double? MissedBy => Statistic is { Judgement: Judgement.Drifting, Value: { } value } ? Math.Abs(Sure(value) - Kpi.Target) : null;

    // The bound that it has is on the side of the target.
    private double Sure(double value) => !IsUnbounded ? value : Kpi.AtLeast ? LeftOpen!.Value.High : LeftOpen!.Value.Low;

    /// <summary>Rows that are short of the target, of a share; null of other numbers, and where it is met.</summary>
    public long? RowsShort => MissedBy is { } by && Kpi.IsShare ? (long)Math.Ceiling(Math.Round(by * Statistic.WindowRows, 6)) : null;

    /// <summary>What that costs in this window, in <see cref="Kpi.Unit"/>; null where it is met, or nobody says what a row is worth.</summary>
    public double? Cost => MissedBy is { } by && Kpi.ValuePerRow is { } value ? (RowsShort ?? (by * Statistic.WindowRows)) * value : null;
}
