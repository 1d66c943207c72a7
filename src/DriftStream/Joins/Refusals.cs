using System.Collections.Immutable;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>Records of <c>joins</c> in which no new id was remembered, since there were too many.</summary>
/// <param name="From">Offset of the first of them.</param>
/// <param name="Upto">The offset after the last one; null where it goes on.</param>
public sealed record JoinRefusal(SourceOffset From, SourceOffset? Upto);

/// <summary>
/// Where new ids are refused. Live it follows from how many are remembered, at the beginning of a record; a replay remembers fewer (those that have been
/// forgotten since are not there), so it does as was done.
/// </summary>
internal sealed class Refusals
{
    private readonly List<JoinRefusal> _all = [];
    private bool _isOn;

    /// <summary>New ids are refused now.</summary>
    public bool IsOn => _isOn;

    /// <summary>A record begins.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="remembered">How many ids are remembered.</param>
    /// <param name="most">How many may be. It goes on below nine tenths of it, so that it does not change with every record.</param>
    public void Begin(SourceOffset offset, int remembered, int most)
    {
        bool on = _isOn ? remembered > most - Math.Max(1, most / 10) : remembered >= most;
        if (on == _isOn) return;
        _isOn = on;
        if (on) _all.Add(new JoinRefusal(offset, null));
        else _all[^1] = _all[^1] with { Upto = offset };
    }

    /// <summary>A record begins that was folded before.</summary>
    public void Replay(SourceOffset offset) => _isOn = _all.Exists(r => r.From <= offset && (r.Upto is not { } upto || offset < upto));

    /// <summary>What was folded before is over.</summary>
    public void EndReplay() => _isOn = _all is [.., { Upto: null }];

    /// <summary>Those that a replay from an offset on meets; others are of no use any more.</summary>
    public ImmutableArray<JoinRefusal> From(SourceOffset low)
    {
        _all.RemoveAll(r => r.Upto <= low);
        return [.. _all];
    }

    public void Restore(IEnumerable<JoinRefusal> all) => _all.AddRange(all);
}
