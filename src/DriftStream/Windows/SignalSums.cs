using System.Runtime.InteropServices;
using DriftStream.Cells;

namespace DriftStream.Windows;

/// <summary>
/// Sums of signals' counts, each at its place. Counts are added in the order in which their model's signals are counted, like those that are
/// there, so a signal is found behind its neighbour. Only counts in another order, or from another plan, are looked up by name.
/// </summary>
/// <remarks>
/// The first vector of a place is not copied: it is that of the frame or pane that brought it, which nobody changes, until a second one
/// is added.
/// </remarks>
internal sealed class SignalSums
{
    private readonly List<Place> _places = [];
    private Dictionary<(string Signal, ulong Layout, int Cells), int>? _index;
    private int _next;

    /// <summary>In the order in which they came, until they are sorted; a signal may be there under several layouts.</summary>
    public IEnumerable<SignalCounts> All => _places.Select(p => p.Counts);

    public void Add(SignalCounts counts)
    {
        int at = Find(counts);
        if (at == _places.Count) _places.Add(new Place(counts, IsOwn: false));
        else if (_places[at].IsOwn) _places[at].Counts.Add(counts);
        else _places[at] = new Place(_places[at].Counts.Plus(counts), IsOwn: true);
        _next = at + 1;
    }

    public void Add(SignalSums other)
    {
        // No signal is in a sum twice, so an empty sum takes another one as it is.
        if (_places.Count == 0) _places.AddRange(other._places.Select(p => p with { IsOwn = false }));
        else foreach (Place place in other._places) Add(place.Counts);
    }

    /// <summary>Sorts by name and layout, and drops what only further additions would need.</summary>
    public void Sort()
    {
        _places.Sort((a, b) => Compare(a.Counts, b.Counts));
        Trim();
    }

    /// <summary>Drops what only further additions need.</summary>
    public void Trim() => (_index, _next) = (null, 0);

    /// <summary>The place of a signal; where it has none yet, the one after the last.</summary>
    private int Find(SignalCounts counts)
    {
        int next = _next < _places.Count ? _next : 0;
        if (next < _places.Count && KeyOf(_places[next].Counts) == KeyOf(counts)) return next;
        _index ??= _places.Select((p, i) => (Key: KeyOf(p.Counts), i)).ToDictionary(p => p.Key, p => p.i);
        ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, KeyOf(counts), out bool known);
        return known ? at : at = _places.Count;
    }

    private static (string Signal, ulong Layout, int Cells) KeyOf(SignalCounts counts) => (counts.Signal, counts.Layout, counts.Cells.Length);

    private static int Compare(SignalCounts a, SignalCounts b) =>
        string.CompareOrdinal(a.Signal, b.Signal) is var order && order != 0 ? order : a.Layout.CompareTo(b.Layout);

    private readonly record struct Place(SignalCounts Counts, bool IsOwn);
}
