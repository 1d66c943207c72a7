using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DriftStream.Host.History;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>One window of a strip, all its versions as one.</summary>
/// <param name="Drifting">How many signals, slices and groups drift.</param>
/// <param name="Watched">How many there are.</param>
/// <param name="Marks">What began with it: a version, a plan.</param>
public sealed record StripColumn(
    EventTime Start, EventTime End, RankedJudgement Judgement, long Rows, bool Complete, double? Lost, int Drifting, int Watched, ImmutableArray<string> Marks)
{
    public string Span => $"{Shown.Time(Start)} – {Shown.Time(End)}";
}

/// <summary>One signal, slice or group over the windows of a strip; a cell is null where the window says nothing of it.</summary>
public sealed record StripRow(string Name, StripKind Kind, ImmutableArray<StripCell?> Cells)
{
    /// <summary>It has a distribution that can be looked at.</summary>
    public bool IsOfSignal => Kind is StripKind.Signal or StripKind.Slice;

    public int Drifting => Cells.Count(c => c?.Judgement == RankedJudgement.Drifting);

    public double Largest => Cells.Max(c => c?.Size) ?? 0;

    public StripCell? Last => Cells.LastOrDefault(c => c is not null);
}

/// <summary>An episode beside the windows that it spans, by their numbers.</summary>
public sealed record StripEpisode(KnownEpisode Episode, int First, int Last, int Lane);

/// <summary>Signals x windows: colour is size, hatched is too few rows, lined is undecided, a dot is a rule that speaks.</summary>
/// <param name="Numbers">What can be drawn by itself: metrics, label coverage, KPIs.</param>
public sealed record StripView(
    ImmutableArray<StripColumn> Columns, ImmutableArray<StripRow> Rows, int RowsLeftOut, ImmutableArray<StripEpisode> Episodes,
    ImmutableArray<StripRow> Numbers)
{
    /// <summary>Rows of a strip that is not told to show all.</summary>
    private const int MostRows = 40;

    /// <summary>What can be pointed at is this wide and high in pixels, whatever the strip.</summary>
    public const int Target = 24;

    private static readonly double[] OfPsi = [0.02, 0.05, 0.1, 0.25], OfParity = [0.05, 0.1, 0.2, 0.3];

    /// <summary>How many colours there are.</summary>
    public const int Levels = 5;

    /// <summary>In pixels.</summary>
    public int ColumnWidth => Columns.Length switch { <= 30 => Target, <= 90 => 8, _ => 3 };

    /// <summary>Windows that are pointed at together.</summary>
    public int Together => Target / ColumnWidth;

    public int Width => Columns.Length * ColumnWidth;

    public int Lanes => Episodes.Select(e => e.Lane + 1).DefaultIfEmpty(0).Max();

    /// <param name="windows">By their ends; several of one end are versions.</param>
    /// <param name="episodes">Of the model.</param>
    /// <param name="all">Also rows in which nothing happened.</param>
    public static StripView Of(ImmutableArray<KnownWindow> windows, IEnumerable<KnownEpisode> episodes, bool all)
    {
        KnownWindow[][] ends = [.. windows.GroupBy(w => w.End).Select(g => g.ToArray())];
        var places = new Dictionary<(StripKind, string), StripCell?[]>();
        for (int column = 0; column < ends.Length; column++)
        {
            foreach (StripCell cell in ends[column].SelectMany(w => w.Cells))
            {
                if (!places.TryGetValue((cell.Kind, cell.Name), out StripCell?[]? row)) places[(cell.Kind, cell.Name)] = row = new StripCell?[ends.Length];
                // Of several versions the one that says most.
                if (row[column] is not { } known || (cell.Judgement, cell.Size ?? 0).CompareTo((known.Judgement, known.Size ?? 0)) > 0) row[column] = cell;
            }
        }

        StripRow[] found = [.. places.Select(p => new StripRow(p.Key.Item2, p.Key.Item1, [.. p.Value]))];
        StripRow[] rows = [.. found.Where(r => r.Cells.Any(c => c is { IsDrawn: true }))
            .OrderByDescending(r => r.Drifting > 0).ThenByDescending(r => r.Drifting).ThenByDescending(r => r.Largest)
            .ThenBy(r => r.Name, StringComparer.Ordinal)];
        int shown = all ? rows.Length : Math.Min(rows.Length, Math.Max(MostRows, rows.Count(r => r.Last?.Judgement == RankedJudgement.Drifting)));
        ImmutableArray<StripColumn> columns = Columned(ends);
        return new StripView(
            columns, [.. rows.Take(shown)], rows.Length - shown, Laid(columns, episodes),
            [.. found.Where(r => r.Kind is StripKind.Metric or StripKind.Labels or StripKind.Kpi)]);
    }

    /// <summary>From 0, the smallest change, to <see cref="Levels"/> less one.</summary>
    public static int Level(StripCell cell)
    {
        double size = cell.Size ?? 0;
        return (cell.Kind is StripKind.Group or StripKind.Metric or StripKind.Kpi ? OfParity : OfPsi).Count(limit => size >= limit);
    }

    /// <summary>The rectangles of one kind as the data of one path: neighbours are drawn as one.</summary>
    public string Path(Func<StripCell, bool> which)
    {
        var path = new StringBuilder();
        for (int row = 0; row < Rows.Length; row++)
        {
            ImmutableArray<StripCell?> cells = Rows[row].Cells;
            for (int i = 0; i < cells.Length; i++)
            {
                int first = i;
                while (i < cells.Length && cells[i] is { } cell && which(cell)) i++;
                if (i == first) continue;
                int width = (i - first) * ColumnWidth;
                path.Append(CultureInfo.InvariantCulture, $"M{first * ColumnWidth} {(row * Target) + 1}h{width}v{Target - 2}h-{width}z");
            }
        }

        return path.ToString();
    }

    /// <summary>A dot in every cell that drifts, so that it is told without colours too.</summary>
    public string Dots()
    {
        var path = new StringBuilder();
        string dot = ColumnWidth >= 8 ? "m0-3l3 3l-3 3l-3-3z" : "m-1-2h2v4h-2z";
        for (int row = 0; row < Rows.Length; row++)
        {
            for (int i = 0; i < Columns.Length; i++)
            {
                if (Rows[row].Cells[i]?.Judgement == RankedJudgement.Drifting)
                    path.Append(CultureInfo.InvariantCulture, $"M{(i * ColumnWidth) + (ColumnWidth / 2)} {(row * Target) + (Target / 2)}{dot}");
            }
        }

        return path.ToString();
    }

    /// <summary>Lines between windows and between rows, in the colour of the paper.</summary>
    public string Grid()
    {
        var path = new StringBuilder();
        if (ColumnWidth < 8) return "";
        for (int i = 1; i < Columns.Length; i++) path.Append(CultureInfo.InvariantCulture, $"M{i * ColumnWidth} 0v{Rows.Length * Target}");
        return path.ToString();
    }

    /// <summary>Windows that are pointed at together: where they begin, how many they are, and the one of them that says most.</summary>
    public IEnumerable<(int First, int Count, StripColumn Worst)> Pointed()
    {
        // The last ones are whole, for those are looked at.
        for (int end = Columns.Length; end > 0; end -= Together)
        {
            int first = Math.Max(0, end - Together);
            yield return (first, end - first,
                Columns[first..end].OrderByDescending(c => c.Drifting).ThenByDescending(c => c.Judgement).ThenByDescending(c => c.End).First());
        }
    }

    public int ColumnAt(EventTime end)
    {
        for (int i = 0; i < Columns.Length; i++)
        {
            if (Columns[i].End >= end) return i;
        }

        return Columns.Length - 1;
    }

    private static ImmutableArray<StripColumn> Columned(KnownWindow[][] ends)
    {
        var columns = ImmutableArray.CreateBuilder<StripColumn>(ends.Length);
        HashSet<string>? versions = null;
        string? plan = null;
        foreach (KnownWindow[] versioned in ends)
        {
            var marks = new List<string>();
            string[] named = [.. versioned.Where(w => !w.Rest && w.Version.Length > 0).Select(w => w.Version).Distinct()];
            if (versions is not null) marks.AddRange(named.Where(v => !versions.Contains(v)).Select(v => $"version {v}"));
            (versions ??= []).UnionWith(named);
            string judged = versioned[^1].Plan;
            if (plan is not null && judged != plan) marks.Add($"plan {PlanName(judged)}");
            plan = judged;
            KnownWindow first = versioned[0];
            columns.Add(new StripColumn(
                first.Start, first.End, versioned.Max(w => w.Judgement), versioned.Sum(w => w.Rows), versioned.All(w => w.Complete),
                versioned.Max(w => w.Lost), versioned.Max(w => w.Cells.Count(c => c.Judgement == RankedJudgement.Drifting)),
                versioned.Max(w => w.Cells.Count(c => c.IsDrawn)),
                [.. marks]));
        }

        return columns.ToImmutable();
    }

    /// <summary>The first digits of a hash.</summary>
    public static string PlanName(string hash) => hash.Replace("sha256:", "", StringComparison.Ordinal) is { Length: > 8 } digits ? digits[..8] : hash;

    // As few lanes as do not overlap; those that find no room in a few are in the list below the strip.
    private static ImmutableArray<StripEpisode> Laid(ImmutableArray<StripColumn> columns, IEnumerable<KnownEpisode> episodes)
    {
        const int mostLanes = 4;
        if (columns.IsEmpty) return [];
        var laid = ImmutableArray.CreateBuilder<StripEpisode>();
        var free = new int[mostLanes];
        foreach (KnownEpisode episode in episodes.OrderBy(e => e.Since))
        {
            EventTime end = episode.IsOpen ? columns[^1].End : episode.End;
            if (episode.Since >= columns[^1].End || end <= columns[0].Start) continue;
            int first = First(episode.Since), last = Math.Max(first, columns.Count(c => c.End <= end) - 1);
            int lane = Array.FindIndex(free, f => f <= first);
            if (lane < 0) continue;
            free[lane] = last + 1;
            laid.Add(new StripEpisode(episode, first, last, lane));
        }

        return laid.ToImmutable();

        int First(EventTime since) => Math.Min(columns.Length - 1, columns.Count(c => c.End <= since));
    }
}
