using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Judging;
using DriftStream.Statistics;
using LayoutKind = DriftStream.Cells.LayoutKind;

namespace DriftStream.Host.Compare;

/// <summary>
/// The numbers of some rows, as they are: what conventions of other tools need whose bins depend on the window (<see cref="RowConventions"/>). Held in
/// memory, 8 bytes a value.
/// </summary>
/// <param name="signals">Those of a baseline; only those that are one column of numbers have values.</param>
internal sealed class RawNumbers(ImmutableArray<BaselineSignal> signals)
{
    private const int Block = 1024;

    private readonly List<double>?[] _values =
        [.. signals.Select(s => s.IsColumn && s.Layout.Kind == LayoutKind.Numeric && s.Derived is null ? new List<double>() : null)];
    private readonly double[]?[] _sorted = new double[signals.Length][];

    /// <summary>Those of all rows of a file.</summary>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    public static RawNumbers Of(DataFile file, ImmutableArray<BaselineSignal> signals)
    {
        var numbers = new RawNumbers(signals);
        foreach (Batch batch in file.Batches) numbers.Add(batch, 0, batch.Rows);
        return numbers;
    }

    public void Add(Batch batch, int start, int rows) => Cores.Each(signals.Length, i =>
    {
        if (_values[i] is not { } values || batch.Find(signals[i].Columns[0]) is not { } column) return;
        Span<double> block = stackalloc double[Block];
        for (int at = start; at < start + rows; at += Block)
        {
            Span<double> read = block[..Math.Min(Block, start + rows - at)];
            ColumnNumbers.Widen(column, at, read);
            for (int row = 0; row < read.Length; row++)
            {
                if (double.IsFinite(read[row]) && column.IsValid(at + row)) values.Add(read[row]);
            }
        }
    });

    /// <summary>The verdict on a window with what other tools say of its numbers.</summary>
    /// <param name="verdict">On the window of which <paramref name="window"/> holds the rows; its signals are the baseline's, without groups.</param>
    /// <param name="window">The window's rows.</param>
    public Verdict Beside(Verdict verdict, RawNumbers window)
    {
        var judged = verdict.Signals.ToArray();
        int[] places = [.. Enumerable.Range(0, signals.Length).Where(i => signals[i].IsColumn)];
        Cores.Each(places.Length, at =>
        {
            if (_values[places[at]] is null) return;
            ImmutableArray<Statistic> found = RowConventions.Of(Sorted(places[at]), window.Sorted(places[at]));
            judged[at] = judged[at] with { Statistics = [.. judged[at].Statistics, .. found.Select(Unjudged)] };
        });
        return verdict with { Signals = [.. judged] };
    }

    private double[] Sorted(int signal)
    {
        if (_sorted[signal] is { } known) return known;
        CollectionsMarshal.AsSpan(_values[signal]).Sort();
        return _sorted[signal] = [.. _values[signal]!];
    }

    private static JudgedStatistic Unjudged(Statistic s) => new(
        s.Name, s.Convention, s.Value, s.Low, s.High, s.PValue, s.Test, s.ReferenceRows, s.WindowRows, Rule: null, Rejected: false, Judgement.Unjudged);
}
