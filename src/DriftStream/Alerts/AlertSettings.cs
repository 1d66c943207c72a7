using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using DriftStream.Statistics;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>What turns a model's verdicts into alerts.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Owner">Exactly one accountable owner.</param>
/// <param name="Stakeholders">Owners that get copies.</param>
/// <param name="Purpose">What the model is for, or null.</param>
/// <param name="Runbook">Where the first steps are written, or null.</param>
/// <param name="Tags">Tags that the config names, such as the laws that apply.</param>
/// <param name="FireAfter">How many of <paramref name="FireOf"/> windows, which share no pane, must speak.</param>
/// <param name="FireOf">How many of the last windows are looked at; the current one must speak.</param>
/// <param name="ResolveAfter">How many quiet windows, which share no pane, end an episode.</param>
public sealed record AlertSettings(
    string Model,
    Owner Owner,
    ImmutableArray<Owner> Stakeholders,
    string? Purpose,
    string? Runbook,
    ImmutableArray<string> Tags,
    int FireAfter,
    int FireOf,
    int ResolveAfter)
{
    /// <summary>What the model is to achieve, or null.</summary>
    public Goal? Goal { get; init; }

    /// <summary>The version to go back to when a newer one fails; null for the one before it.</summary>
    public string? RollbackTo { get; init; }

    /// <summary>The day by which the model is to be out of use, or null.</summary>
    public DateOnly? Retire { get; init; }

    /// <summary>What may be recommended to its owner.</summary>
    public RecommendSettings Recommend { get; init; } = RecommendSettings.Default;

    /// <summary>Its windows.</summary>
    public ImmutableArray<WindowSettings> Windows { get; init; } = [];

    /// <summary>The rules of law that the model is under.</summary>
    public ImmutableArray<LegalDuty> Law { get; init; } = [];

    /// <summary>Whether the model's windows are known, and none has that name.</summary>
    internal bool HasNoWindow(string name) => !Windows.IsEmpty && !Windows.Any(w => w.Name == name);
}

/// <summary>What a model is to achieve, in words and, where it can be told, in what a row is worth.</summary>
/// <param name="Text">For people.</param>
/// <param name="ValuePerRow">What one row that goes wrong costs, in <paramref name="Unit"/>; null where nobody can say.</param>
/// <param name="Unit">A currency or another unit; null without a value.</param>
public sealed record Goal(string Text, double? ValuePerRow = null, string? Unit = null)
{
    /// <summary>What a row costs that is selected and whose label is negative; null where nobody says, as <see cref="FalseNegative"/> is then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FalsePositive { get; init; }

    /// <summary>What a row costs that is not selected and whose label is positive.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FalseNegative { get; init; }

    /// <summary><c>0.12 EUR a row; 5 EUR a false positive, 100 EUR a false negative</c>; null where nobody says.</summary>
    [JsonIgnore]
    public string? Worth
    {
        get
        {
            string ofRow = ValuePerRow is { } value ? Say($"{value} {Unit} a row") : "";
            string ofErrors = Costs is { } costs ? Say($"{costs.FalsePositive} {Unit} a false positive, {costs.FalseNegative} {Unit} a false negative") : "";
            return ofRow.Length + ofErrors.Length == 0 ? null : string.Join("; ", new[] { ofRow, ofErrors }.Where(t => t.Length > 0));

            static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>What wrong decisions cost; null where nobody says.</summary>
    [JsonIgnore]
    public ErrorCosts? Costs => (FalsePositive, FalseNegative, Unit) is ({ } positive, { } negative, { } unit)
        ? new ErrorCosts(positive, negative, unit)
        : null;
}

/// <summary>A rule of law or of the house that a model is under, as its owner sees it.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Risk">Under that rule; null where nobody says.</param>
/// <param name="ReviewBy">The last day on which the assessment may be reviewed, or null.</param>
public sealed record LegalDuty(string Rule, LegalRisk? Risk = null, DateOnly? ReviewBy = null);

/// <summary>How much is at risk for people, in the words of laws that know classes.</summary>
public enum LegalRisk : byte
{
    /// <summary>Hardly anything.</summary>
    Minimal,

    /// <summary>People must be told that they deal with a model.</summary>
    Limited,

    /// <summary>Health, safety or rights.</summary>
    High,
}
