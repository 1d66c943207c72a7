using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using MathNet.Numerics.Distributions;

namespace DriftStream.Statistics;

/// <summary>
/// Learns from the order of a reference's rows how much they cluster: chunks of neighbouring rows are compared with all others, or with those of
/// their own hours where there is a calendar. Shuffled rows show nothing, and so protect from nothing; the order of a file that is sorted by one of its
/// columns is not that of a stream, and is not looked at.
/// </summary>
/// <remarks>
/// phi = sum Q / sum E over the chunks where sum Q is above the 99 % quantile of chi2, else 1; where phi is above 2, rho = Var(Q / E) / (phi^2
/// mean(V / E^2)) if that exceeds 1 + 3 sqrt(2 / K), else 1. Q, E and V are those of <see cref="MergedCells"/>, K is the number of chunks.
/// The worst cell is the one with the greatest mean of its own squared z, if that exceeds phi (1 + 4 sqrt(2 / K)), else phi.
/// </remarks>
public static class ReferenceClusters
{
    // The largest chunk is a twentieth of the reference, or there were too few to tell; the smallest has rows enough for X2.
    private const int FewestChunks = 20, MostHalvings = 3;
    private const long FewestRows = 50;

    /// <summary>Of a calendar: chunks of so many hours.</summary>
    private static readonly int[] Hours = [1, 3, 6, 12, 24, 72, 168];

    private const int FewestBlocks = 8, MostTimes = 1_000_000;

    /// <summary>The baseline with what its rows show, under a hash of its own where they show anything.</summary>
    /// <param name="baseline">As it was built from these rows.</param>
    /// <param name="batches">The reference in its order, as it was counted.</param>
    /// <param name="settings">What the baseline was built of.</param>
    /// <param name="each">Who does the work on columns; null: one column after the other. The baseline is the same.</param>
    public static Baseline Measure(Baseline baseline, IEnumerable<Batch> batches, BaselineSettings settings, EachColumn? each = null) =>
        Measure(baseline, batches, settings, each, out _);

    /// <inheritdoc cref="Measure(Baseline, IEnumerable{Batch}, BaselineSettings, EachColumn?)"/>
    /// <param name="baseline">As it was built from these rows.</param>
    /// <param name="batches">The reference in its order, as it was counted.</param>
    /// <param name="settings">What the baseline was built of.</param>
    /// <param name="each">Who does the work on columns; null: one column after the other.</param>
    /// <param name="sortedBy">The column by which the rows are sorted, so that their order is not looked at; null where there is none.</param>
    public static Baseline Measure(
        Baseline baseline, IEnumerable<Batch> batches, BaselineSettings settings, EachColumn? each, out string? sortedBy)
    {
        sortedBy = null;
        each ??= OneByOne.Each;
        bool byHours = baseline.Calendar is not null;
        if (!byHours && baseline.Rows < FewestChunks * FewestRows) return baseline;
        ReferenceTimes? times = settings.Time is null ? null : new ReferenceTimes(settings.Time, settings.IntegerTime, settings.CalendarZone);
        int halvings = (int)Math.Clamp(Math.Log2(baseline.Rows / (double)(FewestChunks * FewestRows)), 0, MostHalvings);
        long chunks = FewestChunks << halvings;
        ChunkCounts?[] signals =
        [
            .. baseline.Signals.Select(s => s.IsColumn ? new ChunkCounts(s, settings) : null),
        ];
        long[] ends = byHours || times is null ? [] : Ends(batches, times, (int)chunks, baseline.Rows);
        long done = 0;
        long[] chunkOf = [];
        foreach (Batch batch in batches)
        {
            if (chunkOf.Length < batch.Rows) chunkOf = new long[batch.Rows];
            ReadOnlySpan<long> at = byHours || ends.Length > 0 ? times!.Of(batch) : [];
            for (int row = 0; row < batch.Rows; row++)
            {
                chunkOf[row] = byHours ? times!.Hour(at[row])
                    : ends.Length > 0 ? ChunkAt(ends, at[row])
                    : (done + row) * chunks / baseline.Rows;
            }

            each(signals.Length, i => signals[i]?.Add(batch, chunkOf));
            done += batch.Rows;
        }

        // By a file that is sorted every column is alike, and nothing could be found any more.
        if (!byHours && ends.Length == 0) sortedBy = baseline.Signals.Where((_, i) => signals[i] is { IsSorted: true }).Select(s => s.Name).FirstOrDefault();
        if (sortedBy is not null) return baseline;
        var measured = baseline.Signals.ToArray();
        each(measured.Length, i =>
        {
            if (signals[i] is not { } counts) return;
            measured[i] = measured[i] with { Clusters = baseline.Calendar is { } calendar ? ByHours(counts, calendar.Kind) : ByRows(counts, halvings) };
        });
        // How two columns go together clusters no more than the one of them that does most.
        for (int i = 0; i < measured.Length; i++)
        {
            if (measured[i].Role == SignalRole.Pair) measured[i] = measured[i] with { Clusters = OfPair(measured, measured[i].Columns) };
        }

        return measured.All(s => s.Clusters.IsEmpty) ? baseline : BaselineFile.Hashed(baseline with { Signals = [.. measured] }, each);
    }

    private static ImmutableArray<ClusterScale> OfPair(BaselineSignal[] signals, ImmutableArray<string> columns)
    {
        ImmutableArray<ClusterScale> first = Of(columns[0]), second = Of(columns[1]);
        if (first.IsEmpty || second.IsEmpty) return first.IsEmpty ? second : first;
        if (first.Length == second.Length && first.Zip(second).All(pair => pair.First.Rows == pair.Second.Rows))
            return [.. first.Zip(second, Greater)];
        return Math.Max(first[^1].Cells, first[^1].Ranks) >= Math.Max(second[^1].Cells, second[^1].Ranks) ? first : second;

        ImmutableArray<ClusterScale> Of(string column) => Array.Find(signals, s => s.IsColumn && s.Name == column)!.Clusters;

        static ClusterScale Greater(ClusterScale a, ClusterScale b) => new(
            a.Rows, Math.Min(a.Chunks, b.Chunks), Math.Max(a.Cells, b.Cells), Math.Max(a.Spread, b.Spread), Math.Max(a.Ranks, b.Ranks),
            Math.Max(a.Worst, b.Worst));
    }

    // Where every row has a time, rows are neighbours in time, whatever the order of the file: the first time after each chunk.
    private static long[] Ends(IEnumerable<Batch> batches, ReferenceTimes times, int chunks, long rows)
    {
        long every = Math.Max(1, rows / MostTimes), row = 0;
        var kept = new List<long>((int)(rows / every) + 1);
        foreach (Batch batch in batches)
        {
            foreach (long time in times.Of(batch))
            {
                if (row++ % every == 0) kept.Add(time);
            }

            if (times.Problem is not null) return [];
        }

        kept.Sort();
        return [.. Enumerable.Range(1, chunks - 1).Select(i => kept[(int)((long)i * kept.Count / chunks)])];
    }

    private static long ChunkAt(long[] ends, long time)
    {
        int at = Array.BinarySearch(ends, time);
        if (at < 0) return ~at;
        while (at < ends.Length && ends[at] == time) at++;
        return at;
    }

    private static ImmutableArray<ClusterScale> ByRows(ChunkCounts counts, int halvings)
    {
        var scales = new List<ClusterScale>();
        for (int halving = halvings; halving >= 0; halving--)
        {
            int together = 1 << (halvings - halving);
            Chunk[] chunks = [.. counts.Chunks.GroupBy(c => c.Key / together).Select(g => new Chunk(Sum(g.Select(c => c.Value)), counts.Total))];
            if (Scale(counts, chunks) is { } scale) scales.Add(scale);
        }

        return Told(scales);
    }

    private static ImmutableArray<ClusterScale> ByHours(ChunkCounts counts, CalendarKind kind)
    {
        int slots = Calendar.Slots(kind);
        Dictionary<int, long[]> ofSlot = counts.Chunks
            .GroupBy(c => Calendar.Slot(kind, c.Key))
            .ToDictionary(g => g.Key, g => Sum(g.Select(c => c.Value)));
        var scales = new List<ClusterScale>();
        foreach (int hours in Hours.Where(h => h <= slots))
        {
            Chunk[] chunks =
            [
                .. counts.Chunks.GroupBy(c => Math.DivRem(c.Key, hours).Quotient).Select(block => new Chunk(
                    Sum(block.Select(c => c.Value)),
                    Sum(block.Select(c => Calendar.Slot(kind, c.Key)).Distinct().Select(slot => ofSlot[slot])))),
            ];
            // The first and last block may be cut, and a block whose hours came once has nothing to be compared with.
            chunks = [.. chunks.Where(c => c.Others > 0)];
            if (chunks.Length >= FewestBlocks && Scale(counts, chunks) is { } scale && (scales.Count == 0 || scale.Rows > scales[^1].Rows)) scales.Add(scale);
        }

        return Told(scales);
    }

    // Where no size shows anything, nothing is kept: such a baseline is the same as ever. Few large chunks cannot tell how X2 spreads, nor which cell is worse
    // than others, but many small ones can.
    private static ImmutableArray<ClusterScale> Told(List<ClusterScale> scales)
    {
        if (scales.All(s => s is { Cells: 1, Ranks: 1, Worst: 1 })) return [];
        double spread = 1, worse = 1;
        return
        [
            .. scales.Select(s => s with
            {
                Spread = spread = Math.Max(spread, s.Spread),
                Worst = s.Cells * (worse = Math.Max(worse, s.Worst / s.Cells)),
            }),
        ];
    }

    private static ClusterScale? Scale(ChunkCounts counts, Chunk[] chunks)
    {
        var x2 = new Excess();
        var ranks = new Excess();
        var worst = new WorstCell(counts.Total.Length);
        double rows = 0;
        int compared = 0;
        foreach (Chunk chunk in chunks)
        {
            if (chunk.Rows == 0) continue;
            rows += chunk.Rows;
            compared++;
            long[] others = chunk.Rest();
            worst.Add(others, chunk.Counts);
            if (Merged(others, chunk.Counts) is { Variance: > 0 } merged)
                x2.Add(merged.X2, merged.Mean, merged.Variance, merged.Reference.Length - 1);
            int values = counts.Values;
            if (values > 0 && MannWhitney.Of(others.AsSpan(0, values), chunk.Counts.AsSpan(0, values)) is { Z: { } z }) ranks.Add(z * z, 1, 2, 1);
        }

        return compared == 0 ? null : new ClusterScale(rows / compared, compared, x2.Phi, x2.Rho, ranks.Phi, worst.Phi(x2.Phi));
    }

    private static MergedCells? Merged(long[] others, long[] chunk)
    {
        double n = CountPair.Sum(others), m = CountPair.Sum(chunk), w = m / (n + m);
        if (n == 0 || m == 0) return null;
        var pooled = new long[chunk.Length];
        for (int cell = 0; cell < pooled.Length; cell++) pooled[cell] = others[cell] + chunk[cell];
        CellMerging merging = CellMerging.Of(pooled, -1, CellDrift.NeverAloneUpTo(w), Math.Min(w, 1 - w), []);
        return MergedCells.Of(merging.Sums(others).AsSpan(0, merging.Count), merging.Sums(chunk).AsSpan(0, merging.Count));
    }

    private static long[] Sum(IEnumerable<long[]> counts)
    {
        long[]? sum = null;
        foreach (long[] one in counts)
        {
            sum ??= new long[one.Length];
            for (int i = 0; i < one.Length; i++) sum[i] += one[i];
        }

        return sum!;
    }

    /// <summary>One chunk, and all rows that it is compared with, itself among them.</summary>
    private sealed record Chunk(long[] Counts, long[] All)
    {
        public long Rows { get; } = CountPair.Sum(Counts);

        public long Others => CountPair.Sum(All) - Rows;

        public long[] Rest() => [.. All.Zip(Counts, (all, own) => all - own)];
    }

    /// <summary>How much each cell by itself clusters, by the square of its z in every chunk that expects enough rows in it and outside it.</summary>
    private sealed class WorstCell(int cells)
    {
        private const double FewestExpected = 5;

        private readonly double[] _squares = new double[cells];
        private readonly int[] _chunks = new int[cells];

        public void Add(long[] others, long[] chunk)
        {
            double n = CountPair.Sum(others) + CountPair.Sum(chunk), w = CountPair.Sum(chunk) / n;
            for (int cell = 0; cell < cells; cell++)
            {
                double all = others[cell] + chunk[cell], expected = all * w;
                if (Math.Min(all, n - all) * w < FewestExpected) continue; // of nearly all rows one says no more than of the few others
                double beyond = chunk[cell] - expected;
                _squares[cell] += beyond * beyond / (expected * (1 - w) * (n - all) / (n - 1));
                _chunks[cell]++;
            }
        }

        /// <param name="phi">That of all cells together.</param>
        public double Phi(double phi) => Enumerable.Range(0, cells).Max(cell =>
            _chunks[cell] > 0 && _squares[cell] / _chunks[cell] is var own && own > phi * (1 + (4 * Math.Sqrt(2.0 / _chunks[cell]))) ? own : phi);
    }

    /// <summary>How far a statistic exceeds its mean, over all chunks.</summary>
    private sealed class Excess
    {
        private readonly List<(double Ratio, double Variance)> _chunks = [];
        private double _q, _e, _degrees;

        public void Add(double q, double mean, double variance, double degrees)
        {
            _q += q;
            _e += mean;
            _degrees += degrees;
            _chunks.Add((q / mean, variance / (mean * mean)));
        }

        public double Phi => _degrees > 0 && _q > ChiSquared.InvCDF(_degrees, 0.99) ? Math.Max(1, _q / _e) : 1;

        public double Rho
        {
            get
            {
                double phi = Phi, count = _chunks.Count;
                if (phi <= 2 || count < 2) return 1;
                double mean = _chunks.Average(c => c.Ratio), variance = _chunks.Sum(c => (c.Ratio - mean) * (c.Ratio - mean)) / (count - 1);
                double rho = variance / (phi * phi * _chunks.Average(c => c.Variance));
                return rho > 1 + (3 * Math.Sqrt(2 / count)) ? rho : 1;
            }
        }
    }
}

/// <summary>The rows of one signal by chunk of the reference, in few cells: the deciles of a number; categories, the rare ones as one.</summary>
internal sealed class ChunkCounts
{
    // Even in the largest chunk, a twentieth, such a category is merged with others.
    private const long Rare = 100;

    private readonly ICellCounter _counter;
    private readonly int[] _groupOf; // by cell of the counter
    private readonly int _groups;
    private int[] _cells = [];
    private readonly bool _tells = true;
    private int _last = -1, _changes;

    public ChunkCounts(BaselineSignal signal, BaselineSettings settings)
    {
        if (signal.Layout.Kind == LayoutKind.Numeric)
        {
            bool few = signal.Layout.Exact && signal.Layout.Edges.Length * 5L <= CountPair.Sum(signal.Counts.AsSpan());
            _tells = few || signal.Layout.Edges.Any(e => double.IsFinite(e) && e != Math.Floor(e) && Math.BitDecrement(e) != Math.Floor(e));
            // A layout of the deciles alone: its few edges cost a fraction of the baseline's to look up.
            int[] deciles = ReferenceQuantiles.Boundaries(signal.Counts.AsSpan(0, signal.Layout.ValueCells), 10);
            int[] starts = [0, .. deciles, signal.Layout.NanCell, signal.Layout.MissingCell, signal.Layout.Cells];
            _groups = starts.Length - 1;
            Values = _groups - 2;
            _groupOf = [.. Enumerable.Range(0, _groups)];
            Total = [.. Enumerable.Range(0, _groups).Select(g => CountPair.Sum(signal.Counts.AsSpan()[starts[g]..starts[g + 1]]))];
            signal = signal with { Layout = Layout.Numeric([.. deciles.Select(cell => signal.Layout.Edges[cell - 1])]) };
        }
        else
        {
            _groups = 1;
            _groupOf = new int[signal.Layout.Cells];
            for (int cell = 0; cell < _groupOf.Length; cell++) _groupOf[cell] = signal.Counts[cell] < Rare ? 0 : _groups++;
            Total = new long[_groups];
            for (int cell = 0; cell < _groupOf.Length; cell++) Total[_groupOf[cell]] += signal.Counts[cell];
        }

        _counter = CellCounters.For(signal, settings.Decision, settings.Label);
    }

    /// <summary>How many of the first cells hold numbers, in their order; 0 for categories.</summary>
    public int Values { get; }

    /// <summary>All rows.</summary>
    public long[] Total { get; }

    /// <summary>
    /// In the order of the file all rows of a group stand together, and the second largest group has a hundredth of the rows or more. Whole numbers that
    /// hardly repeat, such as the number of a row, grow with time too, and say nothing.
    /// </summary>
    public bool IsSorted => _tells && _changes == Total.Count(t => t > 0) - 1
        && Total.OrderDescending().ElementAtOrDefault(1) * 100 >= CountPair.Sum(Total) && _changes > 0;

    /// <summary>By the number of the chunk.</summary>
    public SortedDictionary<long, long[]> Chunks { get; } = [];

    public void Add(Batch batch, ReadOnlySpan<long> chunkOf)
    {
        if (_counter.Bind(batch) is { } reject) throw new InvalidOperationException(reject.Detail);
        if (_cells.Length < batch.Rows) _cells = new int[batch.Rows];
        _counter.Rank(_cells);
        long last = 0;
        long[]? counts = null;
        for (int row = 0; row < batch.Rows; row++)
        {
            if (counts is null || chunkOf[row] != last)
            {
                last = chunkOf[row];
                if (!Chunks.TryGetValue(last, out counts)) Chunks.Add(last, counts = new long[_groups]);
            }

            int group = _groupOf[_cells[row]];
            if (group != _last) (_last, _changes) = (group, _changes + (_last < 0 ? 0 : 1));
            counts[group]++;
        }
    }
}
