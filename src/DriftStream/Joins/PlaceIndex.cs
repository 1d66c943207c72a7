using System.Runtime.InteropServices;

namespace DriftStream.Joins;

/// <summary>
/// Where ids are, by their own bits, since they are keyed hashes: open addressing, six bytes a slot. Of an id a slot has the place, eight bits of its name that
/// tell most others apart, and how far it stands from where it belongs, so that neither a search nor a removal reads what lies at other places.
/// </summary>
internal sealed class PlaceIndex
{
    /// <summary>Slots of the least one.</summary>
    public const int Least = 1 << 10;

    private const int Piece = 1 << 20;

    private readonly int[] _places;
    // 0 where the slot is empty.
    private readonly byte[] _tags;
    private readonly byte[] _shifts;
    private readonly int _mask;
    // Those that stand further away than a byte can tell.
    private readonly Dictionary<int, int> _far = [];

    /// <param name="slots">How many: a power of two.</param>
    public PlaceIndex(int slots)
    {
        (_places, _tags, _shifts, _mask) = (new int[slots], new byte[slots], new byte[slots], slots - 1);
    }

    public int Slots => _places.Length;

    public long Bytes => (long)Slots * (sizeof(int) + 2);

    /// <summary>The place in a slot.</summary>
    public int this[int slot] => _places[slot];

    /// <summary>Whether so many ids are too many: seven of eight slots.</summary>
    public bool IsFull(int count) => count * 8L > Slots * 7L;

    /// <summary>The first slot in which an id may stand, or -1.</summary>
    public int First(ulong high, ulong low) => Search((int)high & _mask, Tag(low));

    /// <summary>The next one, or -1.</summary>
    public int Next(int slot, ulong low) => Search((slot + 1) & _mask, Tag(low));

    public void Enter(ulong high, ulong low, int place)
    {
        int slot = (int)high & _mask, shift = 0;
        for (; _tags[slot] != 0; slot = (slot + 1) & _mask) shift++;
        Put(slot, place, Tag(low), shift);
    }

    public void Remove(ulong high, ulong low, int place)
    {
        int hole = First(high, low);
        while (_places[hole] != place) hole = Next(hole, low);
        // Whoever stands behind the hole and belongs before it moves up, so that no search ends too early.
        for (int i = (hole + 1) & _mask; _tags[i] != 0; i = (i + 1) & _mask)
        {
            int shift = ShiftOf(i), gap = (i - hole) & _mask;
            if (shift < gap) continue;
            Put(hole, _places[i], _tags[i], shift - gap);
            hole = i;
        }

        _tags[hole] = 0;
        _far.Remove(hole);
    }

    public void Save(BinaryWriter to)
    {
        to.Write(Slots);
        for (int from = 0; from < Slots; from += Piece) to.Write(Places(from));
        to.Write(_tags);
        to.Write(_shifts);
        to.Write(_far.Count);
        foreach ((int slot, int shift) in _far)
        {
            to.Write(slot);
            to.Write(shift);
        }
    }

    public static PlaceIndex Restore(BinaryReader from)
    {
        var index = new PlaceIndex(from.ReadInt32());
        for (int slot = 0; slot < index.Slots; slot += Piece) from.BaseStream.ReadExactly(index.Places(slot));
        from.BaseStream.ReadExactly(index._tags);
        from.BaseStream.ReadExactly(index._shifts);
        for (int left = from.ReadInt32(); left > 0; left--) index._far.Add(from.ReadInt32(), from.ReadInt32());
        return index;
    }

    // Bytes of the places of some slots: of all of them they might be too many for a span.
    private Span<byte> Places(int from) => MemoryMarshal.AsBytes(_places.AsSpan(from, Math.Min(Piece, Slots - from)));

    private static byte Tag(ulong low) => (byte)Math.Max(1, low & byte.MaxValue);

    private int Search(int slot, byte tag)
    {
        for (; _tags[slot] != 0; slot = (slot + 1) & _mask)
        {
            if (_tags[slot] == tag) return slot;
        }

        return -1;
    }

    private int ShiftOf(int slot) => _shifts[slot] < byte.MaxValue ? _shifts[slot] : _far[slot];

    private void Put(int slot, int place, byte tag, int shift)
    {
        (_places[slot], _tags[slot], _shifts[slot]) = (place, tag, (byte)Math.Min(shift, byte.MaxValue));
        if (shift >= byte.MaxValue) _far[slot] = shift;
        else _far.Remove(slot);
    }
}
