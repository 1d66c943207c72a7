using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DriftStream.Joins;

/// <summary>What is remembered of most ids: 40 bytes. What more there is of some stands beside it (<see cref="FurtherRows"/>).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RememberedId
{
    public ulong High, Low;

    /// <summary>Event time of the prediction; of the first label where none has come.</summary>
    public long Time;

    /// <summary>Place of that row's cell in <see cref="KnownCells"/>; <see cref="Free"/> where no id stands.</summary>
    public int Cell;

    /// <summary>Number of the segment that the first row came in; -1 where the id is carried.</summary>
    public int Segment;

    /// <summary>The next id that is due at the same time; of a free place, the next free one.</summary>
    public int Link;

    public HeldState State;

    public bool HasFurther;

    public const int Free = -1;

    public readonly UInt128 Id => new(High, Low);

    public readonly bool IsPrediction => State >= HeldState.Pending;
}

/// <summary>
/// The ids that are remembered: places in blocks, in the order in which they came, so that nothing is copied when they become more and what is due together
/// lies together; and an index of places (<see cref="PlaceIndex"/>). At most 54 bytes an id: 40, and 14 of the index at worst; 8 more where labels are numbers.
/// Blocks may lie in files: an id is found without touching another one's block, but for one in 255 that stands beside it.
/// </summary>
/// <param name="allocate">A block of so many bytes, all zero, that stays where it is; null for memory.</param>
internal sealed class RememberedIds(Func<int, Memory<byte>>? allocate = null)
{
    private const int BlockBits = 10, Block = 1 << BlockBits;

    private static readonly int IdBytes = Block * Unsafe.SizeOf<RememberedId>(), NumberBytes = Block * sizeof(double);

    private readonly Func<int, Memory<byte>> _allocate = allocate ?? (bytes => new byte[bytes]);
    private readonly List<Memory<byte>> _blocks = [];
    // Beside the blocks of ids that have one; nobody else pays for it.
    private readonly List<Memory<byte>> _numbers = [];
    private PlaceIndex _index = new(PlaceIndex.Least);
    private int _used, _free = -1;

    /// <summary>How many ids.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the index, which is in memory.</summary>
    public long IndexBytes => _index.Bytes;

    /// <summary>Bytes of the blocks.</summary>
    public long BlockBytes => ((long)_blocks.Count * IdBytes) + ((long)_numbers.Count(n => !n.IsEmpty) * NumberBytes);

    public ref RememberedId this[int place] =>
        ref MemoryMarshal.Cast<byte, RememberedId>(_blocks[place >> BlockBits].Span)[place & (Block - 1)];

    /// <summary>What the row is that an id is remembered by, where labels are numbers: a prediction or a label; NaN elsewhere.</summary>
    public double NumberOf(int place) => _numbers[place >> BlockBits] is { IsEmpty: false } block ? Numbers(block)[place & (Block - 1)] : double.NaN;

    /// <summary>Remembers it.</summary>
    public void SetNumber(int place, double? number)
    {
        Memory<byte> block = _numbers[place >> BlockBits];
        if (block.IsEmpty && number is null) return;
        if (block.IsEmpty)
        {
            _numbers[place >> BlockBits] = block = _allocate(NumberBytes);
            Numbers(block).Fill(double.NaN);
        }

        Numbers(block)[place & (Block - 1)] = number ?? double.NaN;
    }

    /// <summary>The place of an id, or -1.</summary>
    public int Find(UInt128 id)
    {
        (ulong high, ulong low) = ((ulong)(id >> 64), (ulong)id);
        for (int slot = _index.First(high, low); slot >= 0; slot = _index.Next(slot, low))
        {
            int place = _index[slot];
            ref RememberedId held = ref this[place];
            if (held.High == high && held.Low == low) return place;
        }

        return -1;
    }

    /// <summary>A place for an id that is not there yet; its fields are to be set.</summary>
    public int Add(UInt128 id)
    {
        if (_index.IsFull(Count + 1)) Widen();
        int place = _free;
        if (place >= 0)
        {
            _free = this[place].Link;
        }
        else
        {
            place = _used++;
            if (place >> BlockBits == _blocks.Count)
            {
                _blocks.Add(_allocate(IdBytes));
                _numbers.Add(default);
            }
        }

        ref RememberedId held = ref this[place];
        held = default;
        (held.High, held.Low) = ((ulong)(id >> 64), (ulong)id);
        Count++;
        _index.Enter(held.High, held.Low, place);
        return place;
    }

    public void Remove(int place)
    {
        ref RememberedId held = ref this[place];
        _index.Remove(held.High, held.Low, place);
        (held.Cell, held.Link) = (RememberedId.Free, _free);
        _free = place;
        Count--;
    }

    /// <summary>The places of all ids, in their order.</summary>
    public IEnumerable<int> All()
    {
        for (int place = 0; place < _used; place++)
        {
            if (this[place].Cell != RememberedId.Free) yield return place;
        }
    }

    /// <summary>The places of all ids, in the order of their names.</summary>
    public IEnumerable<int> Sorted() => All().OrderBy(p => this[p].Id);

    /// <summary>Writes everything, as it lies there.</summary>
    public void Save(BinaryWriter to)
    {
        to.Write(Count);
        to.Write(_used);
        to.Write(_free);
        for (int i = 0; i < _blocks.Count; i++)
        {
            to.Write(_blocks[i].Span);
            to.Write(!_numbers[i].IsEmpty);
            if (!_numbers[i].IsEmpty) to.Write(_numbers[i].Span);
        }

        _index.Save(to);
    }

    /// <summary>Reads what <see cref="Save"/> wrote, where there is nothing yet.</summary>
    public void Restore(BinaryReader from)
    {
        (Count, _used, _free) = (from.ReadInt32(), from.ReadInt32(), from.ReadInt32());
        for (long place = 0; place < _used; place += Block)
        {
            _blocks.Add(_allocate(IdBytes));
            from.BaseStream.ReadExactly(_blocks[^1].Span);
            _numbers.Add(from.ReadBoolean() ? _allocate(NumberBytes) : default);
            from.BaseStream.ReadExactly(_numbers[^1].Span);
        }

        _index = PlaceIndex.Restore(from);
    }

    private static Span<double> Numbers(Memory<byte> block) => MemoryMarshal.Cast<byte, double>(block.Span);

    // Block after block, so that each is read once.
    private void Widen()
    {
        var wider = new PlaceIndex(_index.Slots * 2);
        foreach (int place in All()) wider.Enter(this[place].High, this[place].Low, place);
        _index = wider;
    }
}
