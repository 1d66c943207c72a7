using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Joins;

/// <content>What goes into position records, and comes from them.</content>
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
