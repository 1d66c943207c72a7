using System.Numerics.Tensors;
using DriftStream.Cells;

namespace DriftStream.Statistics;

/// <summary>The two count vectors of one signal over one layout: all that any statistic sees.</summary>
/// <remarks>
/// Where a formula in this folder has single letters and says nothing else: n and m are the rows of reference and window (N and M in
/// docs/statistics.md), w = m / (n + m), r and x their rows in one cell or up to it, p a p-value, z a standardised distance.
/// </remarks>
public readonly ref struct CountPair
{
    /// <param name="layout">The cells.</param>
    /// <param name="reference">Rows of the baseline by cell.</param>
    /// <param name="window">Rows of the window by cell.</param>
    /// <param name="design">How much less the rows tell than independent ones; null: as much.</param>
    /// <exception cref="ArgumentException">A vector is not as long as the layout has cells.</exception>
    public CountPair(Layout layout, ReadOnlySpan<long> reference, ReadOnlySpan<long> window, DesignEffect? design = null)
        : this(layout, reference, window, (Sum(reference), Sum(window)), design ?? DesignEffect.None)
    {
    }

    /// <summary>Of vectors whose sums are known: a layout may have tens of thousands of cells.</summary>
    internal CountPair(
        Layout layout, ReadOnlySpan<long> reference, ReadOnlySpan<long> window, (long Reference, long Window) rows, DesignEffect design)
    {
        if (reference.Length != layout.Cells || window.Length != layout.Cells)
        {
            throw new ArgumentException(
                $"the layout has {layout.Cells} cells, the reference {reference.Length} and the window {window.Length}");
        }

        Layout = layout;
        Reference = reference;
        Window = window;
        (ReferenceRows, WindowRows) = rows;
        Design = design;
    }

    /// <summary>How much less the rows tell than independent ones.</summary>
    public DesignEffect Design { get; }

    /// <summary>What the cells of both vectors are.</summary>
    public Layout Layout { get; }
    /// <summary>Rows of the baseline by cell.</summary>
    public ReadOnlySpan<long> Reference { get; }
    /// <summary>Rows of the window by cell.</summary>
    public ReadOnlySpan<long> Window { get; }

    /// <summary>All rows of the reference, with missing, NaN and unseen.</summary>
    public long ReferenceRows { get; }

    /// <summary>All rows of the window, with missing, NaN and unseen.</summary>
    public long WindowRows { get; }

    /// <summary>The reference's rows by range or category, in cell order, without NaN, unseen and missing.</summary>
    public ReadOnlySpan<long> ReferenceValues => Reference[..Layout.ValueCells];

    /// <summary>The window's rows by range or category, in cell order, without NaN, unseen and missing.</summary>
    public ReadOnlySpan<long> WindowValues => Window[..Layout.ValueCells];

    internal static long Sum(ReadOnlySpan<long> counts) => TensorPrimitives.Sum(counts);
}
