using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Builds a baseline from reference rows, in two passes over the batches: one for the layouts, one for the counts.</summary>
public static class BaselineBuilder
{
    /// <param name="batches">The reference; enumerated twice, and must give the same rows both times.</param>
    /// <param name="settings">Which columns are what.</param>
    /// <param name="each">Who does the work on columns; null: one column after the other. The baseline is the same.</param>
    public static BaselineResult Build(IEnumerable<Batch> batches, BaselineSettings settings, EachColumn? each = null)
    {
        each ??= OneByOne.Each;
        var problems = new List<string>();
        List<ColumnSample>? samples = null;
        var groups = new SortedSet<string>[settings.Groups.Length];
        for (int i = 0; i < groups.Length; i++) groups[i] = new SortedSet<string>(StringComparer.Ordinal);
        long rows = 0;
        foreach (Batch batch in batches)
        {
            samples ??= Choose(batch.Schema, settings, problems);
            if (problems.Count > 0) break;
            rows += batch.Rows;
            List<ColumnSample> of = samples;
            each(of.Count, i => of[i].Add(batch.Find(of[i].Name)!));
            for (int i = 0; i < groups.Length; i++) AddGroups(groups[i], settings.Groups[i], batch);
        }

        if (rows == 0 && problems.Count == 0) problems.Add("the reference has no rows");
        foreach (ColumnSample sample in samples ?? [])
        {
            sample.Close();
            if ((sample.Name == settings.Score ? sample.Large : sample.TooLarge) is { } large)
                problems.Add($"column '{sample.Name}' holds integers beyond 2^53 ({large}), which ranges do not tell apart; "
                    + $"if they are names, count them as such (columns: {{ categorical: [{sample.Name}] }}), or leave the column out "
                    + $"(features: {{ except: [{sample.Name}] }}; compare --except {sample.Name})");
            if (sample.TooManyCategories)
                problems.Add($"column '{sample.Name}' has more than 65535 distinct texts: it identifies rows; "
                    + $"leave it out with features: {{ except: [{sample.Name}] }}");
        }

        for (int i = 0; i < groups.Length; i++)
        {
            if (groups[i].Count > settings.MaxGroups)
                problems.Add($"group '{GroupName(settings.Groups[i])}' has {groups[i].Count} values; limits.groups allows {settings.MaxGroups}");
        }

        if (problems.Count > 0) return new BaselineResult(null, [.. problems]);
        ImmutableArray<BaselineSignal> empty = Signals(samples!, groups, settings, each);
        Baseline? counted = Count(batches, settings, empty, rows, problems, each);
        return new BaselineResult(counted, [.. problems]);
    }

    /// <summary>The name of a group: its column, or <c>a x b</c>.</summary>
    public static string GroupName(ImmutableArray<string> columns) => string.Join(TableCells.PairSeparator, columns);

    private static List<ColumnSample> Choose(Schema schema, BaselineSettings settings, List<string> problems)
    {
        var samples = new List<ColumnSample>();
        IEnumerable<string> features = settings.Features is { } named
            ? named
            : schema.Fields.Where(f => !IsTaken(f.Name, settings) && IsReadable(f.Type)).Select(f => f.Name);
        foreach (string name in features.Concat([settings.Score, settings.Decision?.Column]).OfType<string>().Distinct())
        {
            int index = schema.IndexOf(name);
            if (index < 0)
            {
                problems.Add($"column '{name}' is not in the reference; it has {string.Join(", ", schema.Fields.Select(f => f.Name))}");
                continue;
            }

            ColumnType type = schema.Fields[index].Type;
            bool categorical = name == settings.Decision?.Column || settings.Categorical.Contains(name) || type.IsText || type.Kind == ColumnKind.Bool;
            if (!IsReadable(type)) problems.Add($"column '{name}' is {type.Name}, which is neither number nor category");
            else if (name == settings.Score && categorical) problems.Add($"the score '{name}' is {type.Name}; a score is a number");
            else samples.Add(new ColumnSample(name, categorical));
        }

        foreach (string column in settings.Groups.SelectMany(g => g).Concat([settings.Label?.Column]).OfType<string>())
        {
            if (schema.IndexOf(column) < 0) problems.Add($"column '{column}' is not in the reference");
        }

        if (settings.Groups.Length > 0 && settings.Decision is null) problems.Add("groups need a decision: columns: { decision: ... }");
        return samples;
    }

    private static bool IsTaken(string column, BaselineSettings settings) =>
        settings.NotFeatures.Contains(column) || column == settings.Score || column == settings.Decision?.Column || column == settings.Label?.Column;

    private static bool IsReadable(ColumnType type) => type.IsNumber || type.IsText || type.Kind == ColumnKind.Bool;

    private static void AddGroups(SortedSet<string> values, ImmutableArray<string> columns, Batch batch)
    {
        Column first = batch.Find(columns[0])!;
        Column? second = columns.Length > 1 ? batch.Find(columns[1]) : null;
        Span<byte> text = stackalloc byte[256];
        for (int row = 0; row < batch.Rows; row++)
        {
            int length = columns.Length == 1
                ? CategoryText.HasValue(first, row) ? CategoryText.Copy(first, row, text) : -1
                : TableCells.PairText(first, second, row, text);
            if (length >= 0) values.Add(Encoding.UTF8.GetString(text[..length]));
        }
    }

    private static ImmutableArray<BaselineSignal> Signals(
        List<ColumnSample> samples, SortedSet<string>[] groups, BaselineSettings settings, EachColumn each)
    {
        var layouts = new Layout[samples.Count];
        each(layouts.Length, i => layouts[i] = samples[i].Layout(settings.EdgesOf.GetValueOrDefault(samples[i].Name, settings.Edges)));
        var signals = ImmutableArray.CreateBuilder<BaselineSignal>();
        foreach ((int at, ColumnSample sample) in samples.Index())
        {
            SignalRole role = sample.Name == settings.Score ? SignalRole.Score
                : sample.Name == settings.Decision?.Column ? SignalRole.Decision
                : SignalRole.Feature;
            signals.Add(new BaselineSignal(sample.Name, role, [sample.Name], layouts[at], []));
        }

        for (int i = 0; i < groups.Length; i++)
        {
            Layout layout = Layout.Table([.. groups[i]], settings.Label is not null);
            signals.Add(new BaselineSignal(GroupName(settings.Groups[i]), SignalRole.Group, settings.Groups[i], layout, []));
        }

        return signals.ToImmutable();
    }

    private static Baseline? Count(
        IEnumerable<Batch> batches, BaselineSettings settings, ImmutableArray<BaselineSignal> signals, long rows, List<string> problems, EachColumn each)
    {
        ICellCounter[] counters = [.. signals.Select(s => CellCounters.For(s, settings.Decision, settings.Label))];
        long[][] counts = [.. signals.Select(s => new long[s.Layout.Cells])];
        ReferenceTimes? times = settings.Calendar is null ? null : new ReferenceTimes(settings.Time!, settings.IntegerTime);
        CalendarCounter? calendar = times is null ? null : new CalendarCounter(settings.Calendar!.Value, times, signals);
        foreach (Batch batch in batches)
        {
            each(counters.Length, i =>
            {
                if (counters[i].Bind(batch) is { } reject) throw new InvalidOperationException(reject.Detail);
                counters[i].Count(0, batch.Rows, counts[i]);
            });

            calendar?.Add(batch, counters);
        }

        if (times?.Problem is { } problem)
        {
            problems.Add(problem);
            return null;
        }

        ImmutableArray<BaselineSignal> counted =
            [.. signals.Select((s, i) => s with { Counts = ImmutableArray.Create(counts[i]), Slots = calendar?.Slots(i) ?? [] })];
        return BaselineFile.Hashed(new Baseline(settings.Id, rows, counted, "") { Calendar = calendar?.Found() }, each);
    }
}
