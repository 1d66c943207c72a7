using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;

namespace DriftStream.Frames;

/// <summary>The columns that a counter reads of a message, and how their JSON values are read, which the baseline's type decides.</summary>
public static class CountedColumns
{
    /// <summary>The columns that one model needs, each name once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="selector">The column that names the model of a row, or null.</param>
    public static ImmutableArray<JsonColumn> Of(CountedModel model, string? selector)
    {
        var columns = new OrderedDictionary<string, JsonColumn>(StringComparer.Ordinal);
        Add(model.TimeColumn, JsonKind.Time);
        foreach (BaselineSignal signal in model.Signals.Where(s => s.Layout.Kind == LayoutKind.Numeric))
        {
            foreach (string column in signal.Columns) Add(column, JsonKind.Number);
        }

        foreach (BaselineSignal calibration in model.Signals.Where(s => s.Layout.Kind == LayoutKind.Calibration)) Add(calibration.Columns[0], JsonKind.Number);
        foreach (BaselineSignal outcome in model.Signals.Where(s => s.Layout.Kind == LayoutKind.Outcome)) Add(OutcomeCells.ScoreOf(outcome), JsonKind.Number);
        if (model.LabelKind == LabelKind.Number) Add(model.Label?.Column, JsonKind.Number);

        // A group may also be a number, which is then read as its text.
        foreach (string column in model.Signals.SelectMany(s => s.Columns)) Add(column, JsonKind.Category);
        // Of residuals by group whose labels come later, a prediction brings the group.
        foreach (BaselineSignal residuals in model.Joined.Where(s => s.Role == SignalRole.GroupResiduals && !model.BringsLabels))
        {
            foreach (string column in GroupResidualCells.GroupOf(residuals)) Add(column, JsonKind.Category);
        }

        foreach (string? column in new[] { model.Decision?.Column, model.Label?.Column, model.Version.Column, model.IdColumn, selector })
            Add(column, JsonKind.Category);
        return [.. columns.Values];

        void Add(string? name, JsonKind kind)
        {
            if (name is null || columns.ContainsKey(name)) return;
            JsonPath path = model.Paths?.GetValueOrDefault(name) ?? JsonPath.Field(name);
            columns.Add(name, new JsonColumn(name, kind, path, kind == JsonKind.Time ? model.IntegerTime : null));
        }
    }

    /// <summary>The columns of a topic of which lists are read: those that vectors are made of.</summary>
    public static ImmutableHashSet<string> ListsOf(SourceTopic topic) => ListsOf(topic.Models.SelectMany(m => m.Signals));

    /// <summary>The columns of which these signals need lists.</summary>
    public static ImmutableHashSet<string> ListsOf(IEnumerable<BaselineSignal> signals) =>
        [.. signals.Where(s => s.Derived is { Length: > 0 }).Select(s => s.Columns[0])];

    /// <summary>The columns of all models of a topic. Where two models read a column differently, which a plan refuses, the first one's way holds.</summary>
    public static ImmutableArray<JsonColumn> Of(SourceTopic topic) =>
        [.. topic.Models.SelectMany(m => Of(m, topic.Selector?.Column)).DistinctBy(c => c.Name)];
}
