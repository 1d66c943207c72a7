using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Judging;

namespace DriftStream.Host.History;

/// <summary>What is said of a signal, a slice, a group or a window; the more there is to look at, the greater.</summary>
public enum RankedJudgement : byte
{
    Steady,
    Unjudged,
    Insufficient,
    Drifting,
}

/// <summary>What a row of a strip is about.</summary>
public enum StripKind : byte
{
    Signal,
    Slice,
    Group,

    /// <summary>How well the model does, by one metric.</summary>
    Metric,

    /// <summary>Of what share of rows the label is known.</summary>
    Labels,

    /// <summary>A number that its owner has set a target for.</summary>
    Kpi,
}

/// <summary>One signal, slice, group or metric of one window, as a strip draws it.</summary>
/// <param name="Name">The signal, the group and its statistic, the metric, whose labels, or <c>kpi</c> and its id.</param>
/// <param name="Judgement">What was judged; unjudged where no rule looks at it.</param>
/// <param name="Size">
/// How large the change is: of a signal its PSI, of a group how far its statistic is from parity, of a metric how far it is from the baseline's, of a
/// KPI by what part of its target it misses it; null where there is no number.
/// </param>
public sealed record StripCell(StripKind Kind, string Name, RankedJudgement Judgement, double? Size)
{
    /// <summary>Of a group, a metric, labels or a KPI the number itself; null of all else.</summary>
    public StripValue? Value { get; init; }

    /// <summary>It is insufficient although there are rows enough: its interval holds the limit or the target, so that nobody can say.</summary>
    public bool IsUndecided { get; init; }

    /// <summary>A strip draws it: it is judged, or would be.</summary>
    public bool IsDrawn => Kind switch
    {
        StripKind.Signal or StripKind.Slice or StripKind.Group or StripKind.Kpi => true,
        StripKind.Metric => Judgement != RankedJudgement.Unjudged,
        StripKind.Labels => false,
    };
}

/// <summary>A number with its interval, and what it is in the baseline; nulls where they are not known.</summary>
public sealed record StripValue(double? Value, double? Low, double? High, double? Reference);

/// <summary>The cells of one verdict as text: a tenth of the verdict, and all that a strip of a hundred windows needs.</summary>
internal static class VerdictStrip
{
    // More than any judgement is, less than what follows it.
    private const int Undecided = 5;

    /// <summary>Reads a verdict.</summary>
    public static List<StripCell> Of(JsonElement verdict)
    {
        var cells = new List<StripCell>();
        foreach (JsonElement signal in verdict.GetProperty("signals").EnumerateArray())
        {
            bool sliced = signal.TryGetProperty("slice", out JsonElement slice) && slice.ValueKind == JsonValueKind.Object;
            string name = signal.GetProperty("signal").GetString()!;
            cells.Add(new StripCell(
                sliced ? StripKind.Slice : StripKind.Signal, sliced ? $"{name} among {SliceText(slice)}" : name, JudgementOf(signal), Psi(signal)));
        }

        foreach (JsonElement group in verdict.GetProperty("groups").EnumerateArray())
        {
            string statistic = group.GetProperty("statistic").GetString()!;
            StripValue value = ValueOf(group);
            double? size = statistic.EndsWith("_ratio", StringComparison.Ordinal) ? 1 - value.Value : value.Value;
            cells.Add(new StripCell(StripKind.Group, $"{group.GetProperty("group").GetString()} {statistic}", JudgementOf(group), size)
            {
                Value = value,
                IsUndecided = IsUndecided(group),
            });
        }

        if (verdict.TryGetProperty("performance", out JsonElement performance)) AddPerformance(performance, cells);
        if (verdict.TryGetProperty("attributions", out JsonElement attributions)) AddAttributions(attributions, cells);
        if (verdict.TryGetProperty("kpis", out JsonElement kpis)) AddKpis(kpis, cells);
        return cells;
    }

    /// <summary>Before the name of a metric that is estimated before labels come, as rules name it.</summary>
    public const string Estimated = "estimated_";

    /// <summary>Whose labels the shares are of.</summary>
    public const string AllLabels = "labels", LabelsOfSelected = "labels of the selected", LabelsOfOthers = "labels of the others";

    private static void AddPerformance(JsonElement performance, List<StripCell> cells)
    {
        JsonElement[] metrics = [.. performance.GetProperty("metrics").EnumerateArray()];
        AddMetrics(metrics, "");
        if (performance.TryGetProperty("estimated", out JsonElement estimated)) AddMetrics(estimated.GetProperty("metrics").EnumerateArray(), Estimated);
        // While labels are still to come there is nothing to say of them.
        if (metrics.Length == 0) return;
        JsonElement labels = performance.GetProperty("labels");
        long rows = Rows("rows"), known = Rows("known"), selected = Rows("selected_rows"), ofSelected = Rows("selected_known");
        AddShare(AllLabels, known, rows);
        AddShare(LabelsOfSelected, ofSelected, selected);
        // Where nothing is selected the model has no decision.
        if (selected > 0) AddShare(LabelsOfOthers, known - ofSelected, rows - selected);

        long Rows(string name) => labels.GetProperty(name).GetInt64();

        void AddMetrics(IEnumerable<JsonElement> some, string prefix)
        {
            foreach (JsonElement metric in some)
            {
                StripValue value = ValueOf(metric);
                if (value.Value is null && !metric.TryGetProperty("judgement", out _)) continue;
                RankedJudgement judgement = metric.TryGetProperty("judgement", out _) ? JudgementOf(metric) : RankedJudgement.Unjudged;
                double? size = value.Value - value.Reference is { } change ? Math.Abs(change) : null;
                cells.Add(new StripCell(StripKind.Metric, prefix + metric.GetProperty("name").GetString(), judgement, size)
                {
                    Value = value,
                    IsUndecided = IsUndecided(metric),
                });
            }
        }

        void AddShare(string name, long known, long rows)
        {
            if (rows > 0) cells.Add(new StripCell(StripKind.Labels, name, RankedJudgement.Unjudged, null)
            {
                Value = new StripValue((double)known / rows, null, null, null),
            });
        }
    }

    private static void AddAttributions(JsonElement attributions, List<StripCell> cells)
    {
        // One for each rule, all of the same value.
        JsonElement first = attributions.GetProperty("statistics")[0];
        StripValue value = ValueOf(first) with { Reference = 1 };
        cells.Add(new StripCell(StripKind.Metric, first.GetProperty("name").GetString()!, JudgementOf(attributions), 1 - value.Value) { Value = value });
    }

    private static void AddKpis(JsonElement kpis, List<StripCell> cells)
    {
        foreach (JsonElement kpi in kpis.EnumerateArray())
        {
            double? target = Number(kpi, "at_least") ?? Number(kpi, "at_most"), missed = Number(kpi, "missed_by");
            cells.Add(new StripCell(StripKind.Kpi, SubjectNames.OfKpi(kpi.GetProperty("id").GetString()!), JudgementOf(kpi), missed / Math.Abs(target ?? 1))
            {
                Value = ValueOf(kpi) with { Reference = target },
                IsUndecided = IsUndecided(kpi),
            });
        }

        static double? Number(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) ? VerdictStrip.Number(value) : null;
    }

    private static StripValue ValueOf(JsonElement of)
    {
        JsonElement[] interval = of.TryGetProperty("interval", out JsonElement ends) && ends.ValueKind == JsonValueKind.Array ? [.. ends.EnumerateArray()] : [];
        return new StripValue(
            Number(of.GetProperty("value")), interval.Length > 0 ? Number(interval[0]) : null, interval.Length > 1 ? Number(interval[1]) : null,
            of.TryGetProperty("reference_value", out JsonElement reference) ? Number(reference) : null);
    }

    /// <summary><c>country = DE and age = 30</c>.</summary>
    public static string SliceText(JsonElement slice) =>
        string.Join(" and ", slice.EnumerateObject().Select(p =>
            $"{p.Name} = {(p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : p.Value.GetRawText())}"));

    public static RankedJudgement JudgementOf(JsonElement judged) => judged.GetProperty("judgement").GetString() switch
    {
        "steady" => RankedJudgement.Steady,
        "drifting" => RankedJudgement.Drifting,
        "insufficient" => RankedJudgement.Insufficient,
        _ => RankedJudgement.Unjudged,
    };

    /// <summary>See <see cref="StripCell.IsUndecided"/>.</summary>
    public static bool IsUndecided(JsonElement judged) => judged.TryGetProperty("judgement", out JsonElement judgement) && judgement.ValueEquals("insufficient")
        && judged.TryGetProperty("why", out JsonElement why) && JudgedStatistic.IsUndecided(why.GetString());

    public static string Write(IEnumerable<StripCell> cells)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (StripCell cell in cells)
            {
                json.WriteStringValue(cell.Name);
                json.WriteNumberValue(((int)cell.Kind * 10) + (int)cell.Judgement + (cell.IsUndecided ? Undecided : 0));
                Write(json, cell.Size);
                if (!HasValue(cell.Kind)) continue;
                Write(json, cell.Value?.Value);
                Write(json, cell.Value?.Low);
                Write(json, cell.Value?.High);
                Write(json, cell.Value?.Reference);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    public static List<StripCell> Read(string text)
    {
        var cells = new List<StripCell>();
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.String)
        {
            string name = json.GetString()!;
            json.Read();
            (int Kind, int Judgement) number = Math.DivRem(json.GetInt32(), 10);
            bool isUndecided = number.Judgement >= Undecided;
            double? size = Next(ref json);
            var kind = (StripKind)number.Kind;
            StripValue? value = HasValue(kind) ? new StripValue(Next(ref json), Next(ref json), Next(ref json), Next(ref json)) : null;
            cells.Add(new StripCell(kind, name, (RankedJudgement)(number.Judgement % Undecided), size) { Value = value, IsUndecided = isUndecided });
        }

        return cells;
    }

    private static bool HasValue(StripKind kind) => kind is StripKind.Group or StripKind.Metric or StripKind.Labels or StripKind.Kpi;

    private static double? Next(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number ? json.GetDouble() : null;
    }

    // Four digits are more than can be drawn.
    private static void Write(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteRawValue(number.ToString("G4", CultureInfo.InvariantCulture));
        else json.WriteNullValue();
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    // Against the leading baseline, as the default rule has it.
    private static double? Psi(JsonElement signal)
    {
        foreach (JsonElement statistic in signal.GetProperty("statistics").EnumerateArray())
        {
            if (statistic.GetProperty("name").ValueEquals("psi") && !statistic.TryGetProperty("against", out _)
                && Number(statistic.GetProperty("value")) is { } value) return value;
        }

        return null;
    }
}
