using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>labels:</c>, which says how labels that come later meet their predictions.</summary>
internal static class LabelSection
{
    public const string Key = "labels";

    private const int MostDelays = 8;

    private static readonly (string Word, Corrections Value)[] Words = [("first", Corrections.First), ("last", Corrections.Last)];

    /// <summary>How the labels of a model come later; null where none do, or where an error has been reported.</summary>
    /// <param name="model">The model's mapping.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="sources">Its topics.</param>
    public static LabelPlan? Read(ConfigMap model, ModelColumns columns, ImmutableArray<WrittenSource> sources)
    {
        ConfigMap map = model.Map(Key);
        Duration within = map.Duration("within", Duration.Zero, EventTime.Second, PlanLimits.LongestWindow);
        Duration early = map.Duration("early", LabelPlan.DefaultEarly, most: EventTime.Day);
        Corrections corrections = map.Choice("corrections", Corrections.First, Words);
        ImmutableArray<Duration> delays = Delays(map, within);
        map.Close();
        ImmutableArray<string> topics = [.. sources.Where(s => s.BringsLabels).Select(s => s.Topic).Order(StringComparer.Ordinal)];
        if (topics.IsEmpty)
        {
            if (map.IsThere)
            {
                map.Findings.Error(map.At, "no_label_source", $"{map.Path}, and none of the model's topics brings labels",
                    "sources: [{ topic: NAME, provides: [label] }]", "labels in the message of the prediction need no more than columns.label");
            }

            return null;
        }

        WrittenSource source = sources.First(s => s.BringsLabels);
        if (sources.All(s => s.BringsLabels))
            map.Findings.Error(source.At, "no_source", $"{model.Path} has labels and no predictions", "a topic without provides: [label]");
        if (columns.Id is null)
            map.Findings.Error(source.At, "no_id", $"{model.Path}: labels find their predictions by an id, and there is none", "columns: { id: NAME }");
        if (columns.Label is null)
            map.Findings.Error(source.At, "no_label", $"{model.Path}: nobody says which column is the label", "columns: { label: NAME }");
        if (!map.Has("within"))
        {
            map.Findings.Error(source.At, "no_within", $"{model.Path}: nobody says how long a label is waited for", "labels: { within: 30d }",
                "predictions are remembered for that long");
        }

        if (columns.Id is null || columns.Label is null || within == 0) return null;
        return new LabelPlan(topics, columns.Id, columns.LabelTime, columns.LabelTimeUnit, within, early, delays, corrections);
    }

    /// <summary>What is wrong with models together with the rest of the config.</summary>
    public static void Check(ImmutableArray<WrittenModel> models, RowSecret ids, FindingList findings)
    {
        WrittenModel[] later = [.. models.Where(m => m.Labels is not null)];
        foreach (WrittenModel model in later.Where(m => m.Baseline?.Request.Learn is not null))
        {
            findings.Error(model.Baseline!.At, "label_learn", $"the labels of '{model.Id}' come later, and its baseline is learned from rows that have none",
                "a reference with labels: { file: PATH } or { data: PATH }");
        }

        foreach (WrittenModel model in models.Where(m => m.Duties.Goal?.Costs is not null))
        {
            if (model.Policy.Columns is { Label: null } or { LabelKind: LabelKind.Binary }) continue;
            string kind = ColumnSection.KindWord(model.Policy.Columns.LabelKind);
            findings.Error(model.At.Find("goal") ?? model.At, "bad_goal",
                $"the goal of '{model.Id}' says what false positives and false negatives cost, and its labels are of the kind {kind}",
                "a text, value_per_row and unit");
        }

        if (later.Length > 0 && ids.Equals(RowSecret.None))
        {
            findings.Warn(later[0].Sources.First(s => s.BringsLabels).At, "no_id_secret",
                "whoever reads the topic joins can find the ids of rows by trying all of them",
                "engine: { id_secret: { file: PATH } }", "openssl rand -hex 32 makes one");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, LabelPlan? labels)
    {
        if (labels is null) return;
        yaml.Open(Key);
        yaml.Line("within", Quantity.Duration(labels.Within));
        yaml.Line("early", Quantity.Duration(labels.Early));
        yaml.Line("corrections", Word(labels.Corrections));
        yaml.Line("judge_at", YamlText.List(labels.JudgeAt.Select(d => Quantity.Duration(d))));
        yaml.Close();
    }

    /// <summary>How the config spells it.</summary>
    public static string Word(Corrections corrections) => Words.First(w => w.Value == corrections).Word;

    private static ImmutableArray<Duration> Delays(ConfigMap map, Duration within)
    {
        if (map.List("judge_at") is not { } items) return [within];
        var delays = new SortedSet<Duration>();
        foreach (ConfigNode item in items)
        {
            if (map.Values.Duration(item, map.Of("judge_at"), EventTime.Second, PlanLimits.LongestWindow) is not { } delay) continue;
            if (delay > within && within > 0)
            {
                map.Findings.Error(item, "bad_delay", $"{map.Of("judge_at")}: after {Quantity.Duration(delay)} no label comes any more",
                    $"at most within, which is {Quantity.Duration(within)}");
            }

            if (!delays.Add(delay))
                map.Findings.Error(item, "duplicate_id", $"{map.Of("judge_at")} names {Quantity.Duration(delay)} again", "each delay once");
        }

        if (delays.Count is 0 or > MostDelays)
            map.Findings.Error(map.Find("judge_at")!, "bad_delay", $"{map.Of("judge_at")} names {delays.Count} delays", $"1 to {MostDelays}");
        return [.. delays];
    }
}
