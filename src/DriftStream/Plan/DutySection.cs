using System.Collections.Immutable;
using DriftStream.Alerts;

namespace DriftStream.Plan;

/// <summary>What a model is for and under: <c>goal: rollback_to: retire: law:</c>.</summary>
internal sealed record ModelDuties(Goal? Goal, string? RollbackTo, DateOnly? Retire, ImmutableArray<LegalDuty> Law);

/// <summary>Reads what a model owes to others.</summary>
internal static class DutySection
{
    private static readonly (string Word, LegalRisk? Value)[] Risks =
        [("minimal", LegalRisk.Minimal), ("limited", LegalRisk.Limited), ("high", LegalRisk.High)];

    /// <param name="model">The model's mapping.</param>
    /// <param name="today">What dates are held against; null to hold them against nothing.</param>
    public static ModelDuties Read(ConfigMap model, DateOnly? today)
    {
        var duties = new ModelDuties(Goal(model.Map("goal")), model.Text("rollback_to"), model.Date("retire"), Law(model, today));
        if (duties.Retire < today)
        {
            model.Findings.Warn(model.Find("retire")!, "retire_passed", $"{model.Path} was to be out of use on {HoursText.Date(duties.Retire.Value)}",
                "the model taken out of the configuration, or a later date");
        }

        return duties;
    }

    private static Goal? Goal(ConfigMap map)
    {
        if (!map.IsThere) return null;
        ConfigNode? at = map.Require("text", "what the model is to achieve");
        string? text = at is null ? null : map.Values.Text(at, map.Of("text"));
        double? value = map.Rate("value_per_row", 0, 1e12);
        double? positive = map.Rate("false_positive", 0, 1e12), negative = map.Rate("false_negative", 0, 1e12);
        string? unit = map.Text("unit");
        map.Close();
        bool ofErrors = map.Has("false_positive") || map.Has("false_negative");
        if ((map.Has("value_per_row") || ofErrors) != map.Has("unit"))
        {
            map.Findings.Error(
                map.At, "bad_goal", $"{map.Path} has {(map.Has("unit") ? "a unit, and nothing that is in it" : "what rows cost without a unit")}",
                "{ text: ..., value_per_row: 0.12, unit: EUR }, or a text alone");
        }

        if (map.Has("false_positive") != map.Has("false_negative"))
        {
            map.Findings.Error(map.At, "bad_goal", $"{map.Path} says what one kind of wrong decisions costs, and not the other",
                "{ text: ..., false_positive: 5, false_negative: 100, unit: EUR }");
        }

        if ((positive, negative) is (0, 0))
        {
            map.Findings.Error(map.Find("false_positive")!, "bad_goal", $"{map.Path}: wrong decisions of neither kind cost anything",
                "what one of each costs, in the unit; or neither key");
        }

        return text is null ? null : new Goal(text, value, unit) { FalsePositive = positive, FalseNegative = negative };
    }

    private static ImmutableArray<LegalDuty> Law(ConfigMap model, DateOnly? today)
    {
        var duties = ImmutableArray.CreateBuilder<LegalDuty>();
        ImmutableArray<ConfigNode> items = model.List("law") ?? [];
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], $"{model.Of("law")}[{i}]", model.Findings);
            if (!map.IsThere) continue;
            ConfigNode? at = map.Require("rule", "the name of a law, or of a rule of the house");
            string? rule = at is null ? null : map.Values.Text(at, map.Of("rule"));
            LegalRisk? risk = map.Choice("risk", null, Risks);
            DateOnly? review = map.Date("review_by");
            map.Close();
            if (review < today)
            {
                map.Findings.Warn(map.Find("review_by")!, "review_passed", $"{map.Path} was to be reviewed by {HoursText.Date(review.Value)}",
                    "a review, and the date of the next one");
            }

            if (rule is null) continue;
            if (duties.Any(d => d.Rule == rule)) map.Findings.Error(at!, "duplicate_id", $"{map.Path} names '{at!.Written}' again", "each rule once");
            else duties.Add(new LegalDuty(rule, risk, review));
        }

        return duties.ToImmutable();
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ModelDuties duties)
    {
        if (duties.Goal is { } goal)
        {
            yaml.Open("goal");
            yaml.Text("text", goal.Text);
            if (goal.ValuePerRow is { } value) yaml.Line("value_per_row", Quantity.Rate(value));
            if (goal.FalsePositive is { } positive) yaml.Line("false_positive", Quantity.Rate(positive));
            if (goal.FalseNegative is { } negative) yaml.Line("false_negative", Quantity.Rate(negative));
            yaml.Text("unit", goal.Unit);
            yaml.Close();
        }

        yaml.Text("rollback_to", duties.RollbackTo);
        if (duties.Retire is { } retire) yaml.Line("retire", HoursText.Date(retire));
        if (duties.Law.IsEmpty) return;
        yaml.Open("law");
        foreach (LegalDuty duty in duties.Law)
        {
            yaml.OpenItem();
            yaml.Text("rule", duty.Rule);
            if (duty.Risk is { } risk) yaml.Line("risk", Word(risk));
            if (duty.ReviewBy is { } review) yaml.Line("review_by", HoursText.Date(review));
            yaml.Close();
        }

        yaml.Close();
    }

    public static string Word(LegalRisk risk) => risk.ToString().ToLowerInvariant();
}
