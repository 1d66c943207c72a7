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

    /// <summary>Place of that row's cell in <see cref="KnownCells"/>.</summary>
    public int Cell;

    /// <summary>Number of the segment that the first row came in; -1 where the id is carried.</summary>
    public int Segment;

    /// <summary>The next id that is due at the same time; of a free place, the next free one.</summary>
    public int Link;

    public HeldState State;

    public bool HasFurther;

    public readonly UInt128 Id => new(High, Low);

    public readonly bool IsPrediction => State >= HeldState.Pending;
}

/// <summary>
/// The ids that are remembered: places in blocks, so that nothing is copied when they become more, and an open-addressing index of places. Ids are keyed
/// hashes, so their own bits say where they belong. At most 51 bytes an id: 40, and 4 of the index at a load between three eighths and three quarters; 8 more
/// where labels are numbers.
/// </summary>
internal sealed class RememberedIds
{
    private const int BlockBits = 10, Block = 1 << BlockBits, FirstIndex = 1 << 10;

    private readonly List<RememberedId[]> _blocks = [];
    // Beside the blocks of ids that have one; nobody else pays for it.
    private readonly List<double[]?> _numbers = [];
    private int[] _index = new int[FirstIndex];
    private int _used, _free = -1;

    /// <summary>How many ids.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes held for them.</summary>
    public long Bytes => ((long)_blocks.Count * Block * Unsafe.SizeOf<RememberedId>()) + ((long)_index.Length * sizeof(int))
        + ((long)_numbers.Count(n => n is not null) * Block * sizeof(double));

    public ref RememberedId this[int place] => ref _blocks[place >> BlockBits][place & (Block - 1)];

    /// <summary>What the row is that an id is remembered by, where labels are numbers: a prediction or a label; NaN elsewhere.</summary>
    public double NumberOf(int place) => _numbers[place >> BlockBits] is { } block ? block[place & (Block - 1)] : double.NaN;

    /// <summary>Remembers it.</summary>
    public void SetNumber(int place, double? number)
    {
        double[]? block = _numbers[place >> BlockBits];
        if (block is null && number is null) return;
        if (block is null)
        {
            _numbers[place >> BlockBits] = block = new double[Block];
            Array.Fill(block, double.NaN);
        }

        block[place & (Block - 1)] = number ?? double.NaN;
    }

    /// <summary>The place of an id, or -1.</summary>
    public int Find(UInt128 id)
    {
        (ulong high, ulong low) = ((ulong)(id >> 64), (ulong)id);
        int mask = _index.Length - 1;
        for (int i = (int)high & mask; _index[i] != 0; i = (i + 1) & mask)
        {
            ref RememberedId held = ref this[_index[i] - 1];
            if (held.High == high && held.Low == low) return _index[i] - 1;
        }

        return -1;
    }

    /// <summary>A place for an id that is not there yet; its fields are to be set.</summary>
    public int Add(UInt128 id)
    {
        if ((Count + 1) * 4L > _index.Length * 3L) Widen();
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
                _blocks.Add(new RememberedId[Block]);
                _numbers.Add(null);
            }
        }

        ref RememberedId held = ref this[place];
        held = default;
        (held.High, held.Low) = ((ulong)(id >> 64), (ulong)id);
        Count++;
        Enter(place, held.High);
        return place;
    }

    public void Remove(int place)
    {
        int mask = _index.Length - 1, hole = (int)this[place].High & mask;
        while (_index[hole] != place + 1) hole = (hole + 1) & mask;
        // Whoever stands behind the hole and belongs before it moves up, so that no search ends too early.
        for (int i = (hole + 1) & mask; _index[i] != 0; i = (i + 1) & mask)
        {
            int home = (int)this[_index[i] - 1].High & mask;
            if (((i - home) & mask) < ((i - hole) & mask)) continue;
            _index[hole] = _index[i];
            hole = i;
        }

        _index[hole] = 0;
        this[place].Link = _free;
        _free = place;
        Count--;
    }

    /// <summary>The places of all ids, in the order of their names.</summary>
    public IEnumerable<int> Sorted() => _index.Where(i => i != 0).Select(i => i - 1).OrderBy(p => this[p].Id);

    private void Enter(int place, ulong high)
    {
        int mask = _index.Length - 1, i = (int)high & mask;
        while (_index[i] != 0) i = (i + 1) & mask;
        _index[i] = place + 1;
    }

    private void Widen()
    {
        int[] former = _index;
        _index = new int[former.Length * 2];
        foreach (int entry in former)
        {
            if (entry != 0) Enter(entry - 1, this[entry - 1].High);
        }
    }
}
