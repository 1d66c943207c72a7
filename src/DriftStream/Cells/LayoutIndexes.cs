using DriftStream.Kernels;

namespace DriftStream.Cells;

/// <summary>
/// The indexes in which counters look up the cells of a layout: made once for all counters that share it, in whatever lane they are. Thread-safe.
/// </summary>
/// <remarks>
/// Each index is kept alive only by the counters that use it: a layout stays for as long as windows may be judged by it, which is far
/// longer than anybody counts by it.
/// </remarks>
internal sealed class LayoutIndexes(Layout layout)
{
    private readonly Lock _gate = new();
    private WeakReference<EdgeIndex<double>>? _doubles;
    private WeakReference<EdgeIndex<float>>? _floats;
    private WeakReference<CategoryIndex>? _categories;

    /// <summary>The edges of a numeric layout.</summary>
    public EdgeIndex<double> Doubles => Shared(ref _doubles, static layout => EdgeIndex<double>.Create(layout.Edges.AsSpan()));

    /// <summary>The edges for float32 values, each of which is the decimal that it was made from.</summary>
    public EdgeIndex<float> Floats => Shared(ref _floats, static layout =>
    {
        float[] edges = new float[layout.Edges.Length];
        for (int i = 0; i < edges.Length; i++) edges[i] = Float32Decimals.LeastFrom(layout.Edges[i]);
        return EdgeIndex<float>.Create(edges);
    });

    /// <summary>The categories, or the group values of a table.</summary>
    public CategoryIndex Categories => Shared(ref _categories, static layout => new CategoryIndex(layout.Categories));

    private T Shared<T>(ref WeakReference<T>? known, Func<Layout, T> make) where T : class
    {
        lock (_gate)
        {
            if (known is not null && known.TryGetTarget(out T? index)) return index;
            index = make(layout);
            known = new WeakReference<T>(index);
            return index;
        }
    }
}
