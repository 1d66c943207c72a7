using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DriftStream.Cells;

namespace DriftStream.Windows;

/// <summary>
/// The counts of one signal in a window, kept apart by the layout that counted them. To read them one must name a layout, so
/// that nothing is judged against cells in which it was not counted.
/// </summary>
public sealed class WindowCounts
{
    private readonly ImmutableArray<SignalCounts> _parts;

    private WindowCounts(ImmutableArray<SignalCounts> parts)
    {
        _parts = parts;
        foreach (SignalCounts part in parts) Rows += TensorPrimitives.Sum<long>(part.Cells);
    }

    /// <summary>Rows of all layouts together.</summary>
    public long Rows { get; }

    /// <summary>Keys of the layouts that counted the signal, in the order in which they first did.</summary>
    public IEnumerable<ulong> Layouts => _parts.Select(p => p.Layout);

    /// <summary>Counts of one layout alone.</summary>
    public static WindowCounts Of(SignalCounts counts) => new([counts]);

    /// <summary>All counts of a window, by the signal's key.</summary>
    public static ImmutableSortedDictionary<string, WindowCounts> BySignal(IEnumerable<SignalCounts> counts) => counts
        .GroupBy(c => c.Signal, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(g => g.Key, g => new WindowCounts([.. g]), StringComparer.Ordinal);

    /// <summary>The rows by cell, where this layout alone counted the signal; otherwise false.</summary>
    /// <param name="layout">The layout of the reference.</param>
    /// <param name="cells">As many counts as the layout has cells; empty where false is returned.</param>
    public bool TryGet(Layout layout, out ImmutableArray<long> cells)
    {
        bool alone = _parts.Length == 1 && _parts[0].Layout == layout.Key && _parts[0].Cells.Length == layout.Cells;
        cells = alone ? ImmutableCollectionsMarshal.AsImmutableArray(_parts[0].Cells) : [];
        return alone;
    }

    /// <summary>The rows by cell that this layout counted, whatever others did; zeros where it counted none.</summary>
    /// <param name="layout">The layout to be read.</param>
    public ImmutableArray<long> Part(Layout layout)
    {
        SignalCounts? part = _parts.FirstOrDefault(p => p.Layout == layout.Key && p.Cells.Length == layout.Cells);
        return ImmutableCollectionsMarshal.AsImmutableArray(part is null ? new long[layout.Cells] : part.Cells);
    }
}
