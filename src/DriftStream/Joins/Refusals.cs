using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>Rows of <c>joins</c> of which no new id was remembered, since there were too many.</summary>
/// <param name="From">Offset of the record that holds the first of them.</param>
/// <param name="Row">Its place in that record.</param>
/// <param name="Upto">The offset after the last record; null where it goes on.</param>
public sealed record JoinRefusal(SourceOffset From, int Row, SourceOffset? Upto);

/// <summary>
/// Where new ids are refused. Live it follows from how many are remembered when one comes; a replay remembers fewer (those that have been forgotten since
/// are not there), so it does as was done.
/// </summary>
internal sealed class Refusals
{
    private readonly List<JoinRefusal> _all = [];
    private SourceOffset _offset;
    private int _most;
    // In a replay the place of the first row that is refused; beyond all where none is.
    private int? _replayed;

    /// <summary>New ids are refused now.</summary>
    public bool IsOn { get; private set; }

    /// <summary>A record begins.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="remembered">How many ids are remembered.</param>
    /// <param name="most">How many may be. It goes on below nine tenths of it, and only between records, so that it does not change with every row.</param>
    public void Begin(SourceOffset offset, int remembered, int most)
    {
        (_offset, _most, _replayed) = (offset, most, null);
        if (!IsOn || remembered > most - Math.Max(1, most / 10)) return;
        IsOn = false;
        _all[^1] = _all[^1] with { Upto = offset };
    }

    /// <summary>A record begins that was folded before.</summary>
    public void Replay(SourceOffset offset)
    {
        JoinRefusal? then = _all.Find(r => r.From <= offset && (r.Upto is not { } upto || offset < upto));
        _replayed = then is null ? int.MaxValue : then.From == offset ? then.Row : 0;
    }

    /// <summary>Whether a row is refused if its id is new.</summary>
    /// <param name="row">Its place in the record.</param>
    /// <param name="remembered">How many ids are remembered.</param>
    public bool Refuses(int row, int remembered)
    {
        if (_replayed is { } first) return row >= first;
        if (IsOn || remembered < _most) return IsOn;
        IsOn = true;
        _all.Add(new JoinRefusal(_offset, row, null));
        return true;
    }

    /// <summary>What was folded before is over.</summary>
    public void EndReplay() => (IsOn, _replayed) = (_all is [.., { Upto: null }], null);

    /// <summary>Those that a replay from an offset on meets; others are of no use any more.</summary>
    public ImmutableArray<JoinRefusal> From(SourceOffset low)
    {
        _all.RemoveAll(r => r.Upto <= low);
        return [.. _all];
    }

    public void Restore(IEnumerable<JoinRefusal> all) => _all.AddRange(all);
}
