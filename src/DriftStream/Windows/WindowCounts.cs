using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DriftStream.Cells;

namespace DriftStream.Windows;

/// <summary>
/// The counts of one signal in a window, apart by the layout that counted them. They can be had in no other way than by naming a layout, so
/// that nothing is judged against cells that it was not counted in.
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

    /// <summary>Of one layout.</summary>
    public static WindowCounts Of(SignalCounts counts) => new([counts]);

    /// <summary>Of all counts of a window, by the signal's key.</summary>
    public static ImmutableSortedDictionary<string, WindowCounts> BySignal(IEnumerable<SignalCounts> counts) => counts
        .GroupBy(c => c.Signal, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(g => g.Key, g => new WindowCounts([.. g]), StringComparer.Ordinal);

    /// <summary>The rows by cell, where this layout alone counted the signal; else nothing.</summary>
    /// <param name="layout">The layout of the reference.</param>
    /// <param name="cells">As many as the layout has.</param>
    public bool TryGet(Layout layout, out ImmutableArray<long> cells)
    {
        bool alone = _parts.Length == 1 && _parts[0].Layout == layout.Key && _parts[0].Cells.Length == layout.Cells;
        cells = alone ? ImmutableCollectionsMarshal.AsImmutableArray(_parts[0].Cells) : [];
        return alone;
    }

    /// <summary>The rows by cell that this layout counted, whatever others did; zeros where it counted none.</summary>
    /// <param name="layout">One of those that took part.</param>
    public ImmutableArray<long> Part(Layout layout)
    {
        SignalCounts? part = _parts.FirstOrDefault(p => p.Layout == layout.Key && p.Cells.Length == layout.Cells);
        return ImmutableCollectionsMarshal.AsImmutableArray(part is null ? new long[layout.Cells] : part.Cells);
    }
}
