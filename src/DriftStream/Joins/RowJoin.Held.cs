using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <content>What goes into position records and snapshots, and comes from them.</content>
internal sealed partial class RowJoin
{
    /// <summary>What is remembered, in the order of ids.</summary>
    public ImmutableArray<HeldId> Held => [.. _ids.Sorted().Select(Save)];

    /// <summary>Ids that go into the position record whole, in their order.</summary>
    public ImmutableArray<HeldId> Carried => [.. _carried.Order().Select(id => Save(_ids.Find(id)))];

    /// <summary>Brings back an id that a position record carried.</summary>
    /// <param name="held">As it was written.</param>
    /// <param name="find">The place of a cell, held once more.</param>
    public void Restore(HeldId held, Func<HeldCell, int> find)
    {
        int place = _ids.Add(held.Id);
        ref RememberedId id = ref _ids[place];
        (id.Time, id.Cell, id.State, id.Segment) = (held.Time, find(held.Cell), held.State, -1);
        _ids.SetNumber(place, held.Number);
        FurtherRows further = Further(place, held.Born);
        further.End = held.End;
        foreach (HeldLabel label in held.Waiting) further.Waiting.Add(Heard(label));
        further.Counted =
        [
            .. held.Counted.Select(l => l is null ? HeardLabel.Missing : Heard(l)),
        ];
        _carried.Add(held.Id);
        cells[id.Cell].Model.Due.Add(NextDue(place), place, ref id.Link);

        HeardLabel Heard(HeldLabel label) => new(label.Time, find(label.Cell), label.Number ?? double.NaN);
    }

    /// <summary>Writes everything that is remembered.</summary>
    public void Save(BinaryWriter to)
    {
        _ids.Save(to);
        to.Write(_further.Count);
        foreach ((int place, FurtherRows further) in _further)
        {
            to.Write(place);
            to.Write(further.Born);
            to.Write(further.End);
            Write(to, further.Waiting);
            Write(to, further.Counted);
        }

        to.Write(_carried.Count);
        foreach (UInt128 id in _carried) DueIds.Write(to, id);
    }

    /// <summary>Reads what <see cref="Save(BinaryWriter)"/> wrote, where nothing is remembered yet and the cells are known.</summary>
    public void Restore(BinaryReader from)
    {
        _ids.Restore(from);
        for (int left = from.ReadInt32(); left > 0; left--)
        {
            int place = from.ReadInt32();
            var further = new FurtherRows(new EventTime(from.ReadInt64())) { End = new EventTime(from.ReadInt64()) };
            further.Waiting.AddRange(ReadLabels(from));
            further.Counted = ReadLabels(from);
            _further.Add(place, further);
        }

        for (int left = from.ReadInt32(); left > 0; left--) _carried.Add(DueIds.ReadId(from));
    }

    private static void Write(BinaryWriter to, IReadOnlyCollection<HeardLabel> labels)
    {
        to.Write(labels.Count);
        foreach (HeardLabel label in labels)
        {
            to.Write(label.Time);
            to.Write(label.Cell);
            to.Write(label.Number);
        }
    }

    private static HeardLabel[] ReadLabels(BinaryReader from) =>
        [.. Enumerable.Range(0, from.ReadInt32()).Select(_ => new HeardLabel(new EventTime(from.ReadInt64()), from.ReadInt32(), from.ReadDouble()))];

    private HeldId Save(int place)
    {
        RememberedId held = _ids[place];
        FurtherRows? further = held.HasFurther ? _further[place] : null;
        return new HeldId(
            held.Id, held.State, new EventTime(held.Time), Cell(held.Cell), EndOf(place), further?.Born ?? EndOf(place),
            [.. (further?.Waiting ?? []).Select(Save)],
            [
                .. (further?.Counted ?? []).Select(l => l.Cell == HeardLabel.None ? null : Save(l)),
            ])
        {
            Number = Saved(_ids.NumberOf(place)),
        };
    }

    private HeldLabel Save(HeardLabel label) => new(label.Time, Cell(label.Cell)) { Number = Saved(label.Number) };

    private static double? Saved(double number) => double.IsFinite(number) ? number : null;

    private HeldCell Cell(int place) => new(cells[place].Cell as PredictionCell, cells[place].Cell as LabelCell, cells[place].Epoch)
    {
        Topic = cells[place].Topic,
    };
}
