using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>How the baseline of a model is learned from the first rows of its own topics, by whoever proposes the plan.</summary>
public sealed class LearnPlan
{
    private readonly WrittenModel _model;
    private readonly string _file;

    internal LearnPlan(WrittenModel model, string file)
    {
        (_model, _file) = (model, file);
        Request = model.Baseline!.Request;
        Settings = Print(Request);
    }

    /// <summary>What the baseline is built of.</summary>
    public BaselineRequest Request { get; }

    /// <summary>How much of the model's first rows it is learned from.</summary>
    public Duration First => Request.Learn!.Value;

    /// <summary>A hash of all that decides the baseline besides the rows: where it differs, another one is learned.</summary>
    public string Settings { get; }

    /// <summary>The part of a learned baseline that the model is judged by; null where it does not suit the configuration.</summary>
    /// <param name="learned">What was learned.</param>
    /// <param name="problem">Why it does not suit, or null: clauses without a full stop.</param>
    public Baseline? Bind(Baseline learned, out string? problem)
    {
        var findings = new FindingList(_file);
        Baseline? bound = BaselineBinding.Bind(_model, learned, findings);
        if (bound is not null) Leveled(bound, findings);
        string[] errors =
        [
            .. findings.Sorted().Where(f => f.Severity == FindingSeverity.Error).Select(
                f => string.Create(CultureInfo.InvariantCulture, $"{f.File}:{f.Line}: {f.Message}")),
        ];
        problem = errors.Length == 0 ? null : string.Join("; ", errors);
        return problem is null ? bound : null;
    }

    /// <summary>The model's rules: their level may depend on how many signals there are.</summary>
    /// <param name="bound">As <see cref="Bind"/> gives it.</param>
    internal ImmutableArray<Rule> RulesFor(Baseline bound) => [.. Leveled(bound, new FindingList(_file)).Policy.Rules.Select(r => r.Rule)];

    private WrittenModel Leveled(Baseline bound, FindingList findings) =>
        _model.Policy.FalseAlarms is { } dial ? dial.Apply(_model, bound, findings) : _model;

    // Limits and the most values of a group are left out: they refuse a baseline, and change none.
    private static string Print(BaselineRequest request)
    {
        BaselineSettings settings = request.Settings;
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            json.WriteStringValue(Quantity.Duration(request.Learn!.Value));
            json.WriteStringValue(settings.CalendarZone is { } zone ? $"{settings.Calendar} {zone}" : settings.Calendar?.ToString());
            json.WriteStringValue(settings.Time);
            json.WriteStringValue(settings.IntegerTime?.ToString());
            json.WriteStringValue(settings.Score);
            Write(json, settings.Decision);
            Write(json, settings.Label);
            if (settings.Features is { } features) Write(json, features);
            else json.WriteNullValue();
            Write(json, settings.NotFeatures.Order(StringComparer.Ordinal));
            json.WriteStartArray();
            foreach (ImmutableArray<string> group in settings.Groups) Write(json, group);
            json.WriteEndArray();
            json.WriteStartArray();
            foreach (ImmutableArray<string> slice in settings.Slices) Write(json, slice);
            json.WriteEndArray();
            Write(json, settings.Categorical.Order(StringComparer.Ordinal));
            json.WriteNumberValue(settings.Edges);
            Write(json, settings.EdgesOf.OrderBy(e => e.Key, StringComparer.Ordinal).SelectMany(e => new[] { e.Key, Quantity.Digits(e.Value) }));
            Write(json, settings.Paths.SelectMany(p => new[] { p.Key, p.Value.Text }));
            foreach ((string topic, ModelSelector? selector) in request.Stream.Selectors.OrderBy(s => s.Key, StringComparer.Ordinal))
                Write(json, [topic, selector?.Header ?? "", selector?.Column ?? ""]);
            foreach (VectorSignal vector in settings.Vectors)
                Write(json, [vector.Name, vector.Derived.As.ToString(), Quantity.Digits(vector.Derived.Seed), .. vector.Columns]);
            foreach (ImmutableArray<string> pair in settings.Pairs) Write(json, pair);
            if (settings.LabelKind != LabelKind.Binary) json.WriteStringValue(settings.LabelKind.ToString());
            if (settings.Attributions is { } prefix) Write(json, ["attributions", prefix]);
            foreach (ImmutableArray<string> group in settings.Calibrated) Write(json, ["calibration", .. group]);
            json.WriteEndArray();
        }

        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(text.ToArray()));
    }

    private static void Write(Utf8JsonWriter json, BinaryColumn? column) =>
        Write(json, column is null ? [] : [column.Column, column.Positive]);

    private static void Write(Utf8JsonWriter json, IEnumerable<string> texts)
    {
        json.WriteStartArray();
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
