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
        var outcomes = new OutcomeSample(settings);
        SliceSample[] slices = [.. settings.Slices.Select(s => new SliceSample(s))];
        long rows = 0;
        foreach (Batch batch in batches)
        {
            samples ??= Choose(batch.Schema, settings, problems);
            if (problems.Count > 0) break;
            rows += batch.Rows;
            List<ColumnSample> of = samples;
            each(of.Count, i => of[i].Add(batch));
            for (int i = 0; i < groups.Length; i++) AddGroups(groups[i], settings.Groups[i], batch);
            each(slices.Length, i => slices[i].Add(batch));
            if (outcomes.Add(batch) is { } unread) problems.Add(unread);
            if (problems.Count > 0) break;
        }

        if (rows == 0 && problems.Count == 0) problems.Add("the reference has no rows");
        foreach (ColumnSample sample in samples ?? [])
        {
            sample.Close();
            if (sample is { Vector.IsOfLists: true, Derived.Length: 0 })
                problems.Add($"vector '{sample.Name}': column '{sample.Vector.Columns[0]}' has no list of 2 to 65536 numbers");
            if ((sample.Name == settings.Score ? sample.Large : sample.TooLarge) is { } large)
                problems.Add($"column '{sample.Name}' holds integers beyond 2^53 ({large}), which ranges do not tell apart; "
                    + $"if they are names, count them as such (columns: {{ categorical: [{sample.Name}] }}), or leave the column out "
                    + $"(features: {{ except: [{sample.Name}] }}; compare --except {sample.Name})");
            if (sample.TooManyCategories)
                problems.Add($"column '{sample.Name}' has more than 65535 distinct texts: it identifies rows; "
                    + $"leave it out with features: {{ except: [{sample.Name}] }}");
        }

        CheckGroups(groups, settings, problems);
        foreach (ImmutableArray<string> pair in settings.Pairs)
        {
            foreach (ColumnSample sample in (samples ?? []).Where(s => pair.Contains(s.Name) && s.TooManyForPair > 0))
            {
                problems.Add($"pair '{GroupName(pair)}': column '{sample.Name}' has {sample.TooManyForPair} cells, more than {Layout.MostJoint}; "
                    + "leave it out of pairs");
            }
        }

        foreach (SliceSample slice in slices.Where(_ => rows > 0)) Check(slice, samples!, rows, settings, problems);
        if (outcomes.Problem is { } problem) problems.Add(problem);
        if (problems.Count > 0) return new BaselineResult(null, [.. problems]);
        ImmutableArray<BaselineSignal> empty = Signals(samples!, groups, slices, outcomes, rows, settings, each);
        Baseline? counted = Count(batches, settings, empty, problems, each);
        return new BaselineResult(counted, [.. problems])
        {
            Distinct = [.. samples!.Where(s => s.IsDistinct).Select(s => s.Name)],
            Sampled = samples!.Where(s => s.OneIn > 1).ToImmutableSortedDictionary(s => s.Name, s => s.OneIn, StringComparer.Ordinal),
        };
    }

    /// <summary>Counts reference rows in the cells of another baseline, in one pass, so that both are references of the same windows.</summary>
    /// <param name="batches">The reference.</param>
    /// <param name="settings">Which columns are what.</param>
    /// <param name="like">Whose signals and cells.</param>
    /// <param name="each">Who does the work on columns; null: one column after the other.</param>
    public static BaselineResult BuildLike(IEnumerable<Batch> batches, BaselineSettings settings, Baseline like, EachColumn? each = null)
    {
        var problems = new List<string>();
        ImmutableArray<BaselineSignal> empty = [.. like.Signals.Select(s => s with { Counts = [], Clusters = [], Slots = [] })];
        Baseline? counted = Count(Whole(batches, empty, problems), settings, empty, problems, each ?? OneByOne.Each);
        if (problems.Count == 0 && counted!.Rows == 0) problems.Add("the reference has no rows");
        return new BaselineResult(problems.Count == 0 ? counted : null, [.. problems]);
    }

    /// <summary>The name of a group: its column, or <c>a x b</c> for several.</summary>
    public static string GroupName(ImmutableArray<string> columns) => string.Join(TableCells.Separator, columns);

    private static void CheckGroups(SortedSet<string>[] groups, BaselineSettings settings, List<string> problems)
    {
        for (int i = 0; i < groups.Length; i++)
        {
            (string name, int values) = (GroupName(settings.Groups[i]), groups[i].Count);
            if (values > settings.MaxGroups) problems.Add($"group '{name}' has {values} values; limits.groups allows {settings.MaxGroups}");
            if (!settings.Calibrated.Any(c => c.SequenceEqual(settings.Groups[i])) || values > settings.MaxGroups) continue;
            (int most, string by) = settings.LabelKind == LabelKind.Number
                ? (GroupResidualCells.MostValues, "differences of errors")
                : (CalibrationCells.MostValues, "calibration_difference");
            if (values > most)
                problems.Add($"group '{name}' has {values} values, and {most} at most are compared by {by}: group by something coarser, or leave the rule out");
        }
    }

    private static void Check(SliceSample slice, List<ColumnSample> samples, long rows, BaselineSettings settings, List<string> problems)
    {
        int count = slice.TooManyValues ? 0 : slice.Slices(rows).Length;
        string remedy = "slice by something coarser, or leave it out of slices";
        if (slice.TooManyValues) problems.Add($"slice '{slice.Name}' has more than 65535 values: it identifies rows; {remedy}");
        else if (count == 0) problems.Add($"slice '{slice.Name}': no value has {SliceSample.LeastRows(rows)} of the {rows} rows; {remedy}");
        else if (count > settings.MaxGroups)
            problems.Add($"slice '{slice.Name}' has {count} values with {SliceSample.LeastRows(rows)} rows; limits.groups allows {settings.MaxGroups}");
        else if (samples.TrueForAll(s => s.Vector is not null || slice.Columns.Contains(s.Name)))
            problems.Add($"slice '{slice.Name}': no other column is watched");
    }

    // A column that is not there would count as missing in every row.
    private static IEnumerable<Batch> Whole(IEnumerable<Batch> batches, ImmutableArray<BaselineSignal> signals, List<string> problems)
    {
        foreach (Batch batch in batches)
        {
            foreach (string lacking in signals.SelectMany(s => s.Columns).Distinct().Where(c => batch.Schema.IndexOf(c) < 0))
                problems.Add($"column '{lacking}' is not in the reference; it has {string.Join(", ", batch.Schema.Fields.Select(f => f.Name))}");
            if (problems.Count > 0) yield break;
            yield return batch;
        }
    }

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
            else samples.Add(new ColumnSample(name, categorical, sliced: settings.Slices.Length > 0 || settings.Pairs.Any(p => p.Contains(name))));
        }

        foreach (ImmutableArray<string> pair in settings.Pairs)
        {
            foreach (string column in pair.Where(c => !samples.Exists(s => s.Name == c)))
            {
                problems.Add($"pair '{GroupName(pair)}': "
                    + (schema.IndexOf(column) < 0 ? $"column '{column}' is not in the reference" : $"column '{column}' is no feature, score or decision"));
            }
        }

        foreach (VectorSignal vector in settings.Vectors.Concat(Attributions(schema, settings, problems)))
        {
            string what = vector.Derived.As == VectorMeasure.Absolute ? "attributions" : $"vector '{vector.Name}'";
            int before = problems.Count;
            if (schema.IndexOf(vector.Name) >= 0) problems.Add($"vector '{vector.Name}': the reference has a column of that name; call it otherwise");
            foreach (string column in vector.Columns)
            {
                ColumnType? type = schema.IndexOf(column) is var at and >= 0 ? schema.Fields[at].Type : null;
                if (vector.IsOfLists && type?.Items is null)
                    problems.Add($"vector '{vector.Name}': column '{column}' is {type?.Name ?? "not in the reference"}; "
                        + "it has to hold lists of numbers, which are read from Arrow and Parquet");
                else if (type is null) problems.Add($"vector '{vector.Name}': column '{column}' is not in the reference");
                else if (!vector.IsOfLists && !ColumnNumbers.CanWiden(type))
                    problems.Add($"{what}: column '{column}' is {type.Name}, which is no number");
            }

            if (problems.Count == before) samples.Add(new ColumnSample(vector.Name, categorical: false) { Vector = vector });
        }

        foreach (string column in settings.Slices.SelectMany(s => s))
        {
            ColumnType? type = schema.IndexOf(column) is var at and >= 0 ? schema.Fields[at].Type : null;
            if (type is null) problems.Add($"slices: column '{column}' is not in the reference");
            else if (!IsReadable(type)) problems.Add($"slices: column '{column}' is {type.Name}, which is no category");
        }

        foreach (string column in settings.Groups.SelectMany(g => g).Concat([settings.Label?.Column]).OfType<string>())
        {
            if (schema.IndexOf(column) < 0) problems.Add($"column '{column}' is not in the reference");
        }

        if (settings is { Groups.Length: > 0, Decision: null, LabelKind: not LabelKind.Number })
            problems.Add("groups need a decision: columns: { decision: ... }");
        return samples;
    }

    private static bool IsTaken(string column, BaselineSettings settings) =>
        settings.NotFeatures.Contains(column) || IsAttribution(column, settings) || column == settings.Score
        || column == settings.Decision?.Column || column == settings.Label?.Column;

    private static bool IsAttribution(string column, BaselineSettings settings) =>
        settings.Attributions is { } prefix && column.StartsWith(prefix, StringComparison.Ordinal);

    // One has no ranking.
    private static VectorSignal[] Attributions(Schema schema, BaselineSettings settings, List<string> problems)
    {
        if (settings.Attributions is not { } prefix) return [];
        string[] columns = [.. schema.Fields.Select(f => f.Name).Where(n => IsAttribution(n, settings))];
        if (columns.Length < 2)
        {
            problems.Add($"attributions: {(columns.Length == 0 ? "no column" : $"only the column '{columns[0]}'")} of the reference begins with '{prefix}'; "
                + $"it has {string.Join(", ", schema.Fields.Select(f => f.Name))}");
        }

        return [.. columns.Select(VectorSignal.AttributionOf)];
    }

    private static bool IsReadable(ColumnType type) => type.IsNumber || type.IsText || type.Kind == ColumnKind.Bool;

    private static void AddGroups(SortedSet<string> values, ImmutableArray<string> columns, Batch batch)
    {
        Column?[] found = [.. columns.Select(batch.Find)];
        byte[] text = found.Length > 1 ? TableCells.TextFor(found.Length) : new byte[256];
        for (int row = 0; row < batch.Rows; row++)
        {
            int length = found is [{ } one]
                ? CategoryText.HasValue(one, row) ? CategoryText.Copy(one, row, text) : -1
                : TableCells.Text(found, row, text);
            if (length >= 0) values.Add(Encoding.UTF8.GetString(text.AsSpan(0, length)));
        }
    }

    private static ImmutableArray<BaselineSignal> Signals(
        List<ColumnSample> samples, SortedSet<string>[] groups, SliceSample[] slices, OutcomeSample outcomes, long rows, BaselineSettings settings,
        EachColumn each)
    {
        var layouts = new (Layout Whole, Layout? InSlice)[samples.Count];
        each(layouts.Length, i => layouts[i] = samples[i].Layouts(settings.EdgesOf.GetValueOrDefault(samples[i].Name, settings.Edges)));
        var signals = ImmutableArray.CreateBuilder<BaselineSignal>();
        foreach ((int at, ColumnSample sample) in samples.Index())
        {
            SignalRole role = sample.Name == settings.Score ? SignalRole.Score
                : sample.Name == settings.Decision?.Column ? SignalRole.Decision
                : SignalRole.Feature;
            ImmutableArray<string> columns = sample.Vector?.Columns ?? [sample.Name];
            signals.Add(new BaselineSignal(sample.Name, role, columns, layouts[at].Whole, []) { Derived = sample.Derived });
        }

        // Without a decision there is nothing to select: a group is then there for its errors.
        for (int i = 0; i < groups.Length && settings.Decision is not null; i++)
        {
            Layout layout = Layout.Table([.. groups[i]], settings.Label is not null && settings.LabelKind == LabelKind.Binary);
            signals.Add(new BaselineSignal(GroupName(settings.Groups[i]), SignalRole.Group, settings.Groups[i], layout, []));
        }

        AddSlices(signals, samples, layouts, slices, rows);
        foreach (ImmutableArray<string> pair in settings.Pairs)
        {
            int first = samples.FindIndex(s => s.Name == pair[0]), second = samples.FindIndex(s => s.Name == pair[1]);
            Layout layout = Layout.Joint(layouts[first].InSlice!, layouts[second].InSlice!, samples[first].Folds, samples[second].Folds);
            signals.Add(new BaselineSignal(GroupName(pair), SignalRole.Pair, pair, layout, []));
        }

        signals.AddRange(outcomes.Signals(samples));
        foreach (ImmutableArray<string> columns in settings.Calibrated)
        {
            if (settings.LabelKind == LabelKind.Number)
            {
                signals.Add(GroupResidualCells.Signal(columns, groups[settings.Groups.IndexOf(columns)], signals.First(s => s.Role == SignalRole.Outcome)));
                continue;
            }

            BaselineSignal group = signals.First(s => s.Role == SignalRole.Group && s.Columns.SequenceEqual(columns));
            signals.Add(CalibrationCells.Signal(group, signals.First(s => s.Role == SignalRole.Outcome)));
        }

        return signals.ToImmutable();
    }

    private static void AddSlices(
        ImmutableArray<BaselineSignal>.Builder signals, List<ColumnSample> samples, (Layout Whole, Layout? InSlice)[] layouts, SliceSample[] slices, long rows)
    {
        foreach (SliceSample slice in slices)
        {
            ImmutableArray<ImmutableArray<string>> values = slice.Slices(rows);
            foreach ((int at, ColumnSample sample) in samples.Index())
            {
                // Inside a slice the column itself is always the same; what is made of a vector is judged over all rows alone.
                if (slice.Columns.Contains(sample.Name) || sample.Vector is not null) continue;
                Layout layout = Layout.Sliced(values, layouts[at].InSlice!, sample.Folds);
                signals.Add(new BaselineSignal(sample.Name, SignalRole.Slice, [sample.Name, .. slice.Columns], layout, []));
            }
        }
    }

    private static Baseline? Count(
        IEnumerable<Batch> batches, BaselineSettings settings, ImmutableArray<BaselineSignal> signals, List<string> problems, EachColumn each)
    {
        long rows = 0;
        ICellCounter[] counters = CellCounters.ForAll(signals, settings.Decision, settings.Label);
        string?[] rejects = new string?[counters.Length];
        long[][] counts = [.. signals.Select(s => new long[s.Layout.Cells])];
        ReferenceTimes? times = settings.Calendar is null ? null : new ReferenceTimes(settings.Time!, settings.IntegerTime, settings.CalendarZone);
        CalendarCounter? calendar = times is null ? null : new CalendarCounter(settings.Calendar!.Value, times, signals);
        foreach (Batch batch in batches)
        {
            rows += batch.Rows;
            each(counters.Length, i =>
            {
                rejects[i] = counters[i].Bind(batch)?.Detail;
                if (rejects[i] is null) counters[i].Count(0, batch.Rows, counts[i]);
            });

            // The cells of another baseline may be of numbers where these rows have names.
            problems.AddRange(rejects.OfType<string>().Distinct());
            if (problems.Count > 0) return null;

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
