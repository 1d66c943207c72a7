using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>Whether a model has what a rule on how well it does asks for: a label of its kind, a score, a decision.</summary>
internal static class OutcomeFit
{
    private const string NoAttributions = "attributions";

    /// <summary>Why no row of the model can ever answer the rule, and what would help; null where one can.</summary>
    public static (string Why, string Expected)? Never(Rule rule, ModelColumns columns)
    {
        if (Misfit(rule, columns) is { } misfit) return misfit;
        if (Lacking(rule, columns) is not { } lacks) return null;
        return ($"the model has no {lacks}", lacks == NoAttributions ? "columns: { attributions: { prefix: shap_ } }" : $"columns: {{ {lacks}: COLUMN }}");
    }

    // What is said of labels of another kind than the model's.
    private static (string Why, string Expected)? Misfit(Rule rule, ModelColumns columns)
    {
        (LabelKind kind, string word) = (columns.LabelKind, ColumnSection.KindWord(columns.LabelKind));
        if (columns.Label is null || !rule.IsOfOutcomes) return null;
        if (rule.IsOfEstimates)
        {
            return kind == LabelKind.Binary ? null
                : ($"what is estimated before labels is of labels that are positive or not, and these are of the kind {word}", "a statistic of labels");
        }

        if (rule.MetricOf(kind) is not null) return null;
        CatalogEntry? entry = StatisticCatalog.Outcome(rule.Statistic, kind);
        if (entry is { OfClass: true }) return ("it is of one class against the rest, and no class is named", "class: NAME");
        if (entry is not null) return ($"labels of the kind {word} have no classes", "no class");
        string[] kinds = [.. Enum.GetValues<LabelKind>().Where(k => StatisticCatalog.Outcome(rule.Statistic, k) is not null).Select(ColumnSection.KindWord)];
        return ($"it is of labels of the kind {string.Join(" or ", kinds)}, and these are of the kind {word}",
            string.Join(", ", StatisticCatalog.OfOutcomes(kind).Select(e => e.Name)));
    }
    private static string? Lacking(Rule rule, ModelColumns columns)
    {
        if (rule.IsOfAttributions) return columns.Attributions is null ? NoAttributions : null;
        if (columns.Label is null) return "label";
        bool ofScores = rule.MetricOf(columns.LabelKind)?.Basis!.OfScores ?? true;
        if (ofScores && columns.Score is null) return "score";
        bool ofDecisions = StatisticCatalog.Estimate(rule.Statistic) is { } estimate ? estimate.Estimates != EstimatedPerformance.RocAucName : !ofScores;
        return ofDecisions && columns.Decision is null ? "decision" : null;
    }
}
