using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <content>A joiner as bytes: it goes on from them where it would otherwise fold again all records since the oldest id.</content>
public sealed partial class Joiner
{
    /// <summary>Of bytes that another release may not read.</summary>
    private const byte SnapshotVersion = 1;

    /// <summary>
    /// Whether everything is as a position record says, so that <see cref="Save"/> may write it: after <see cref="Finish"/>, before the next record.
    /// </summary>
    public bool IsAtStart => !IsReplaying && _firstTimestamp is null;

    /// <summary>
    /// It went on from a snapshot and came to other fates than the position record says, of whoever joined in between: records of <c>joins</c> had been lost
    /// to one of the two. The laws hold only of the record, so it must go on without the snapshot.
    /// </summary>
    public bool Diverged { get; private set; }

    /// <summary>Writes everything, as it is at the start of a segment. The bytes are for the machine that wrote them.</summary>
    public void Save(Stream to)
    {
        if (!IsAtStart) throw new InvalidOperationException("a snapshot is of the start of a segment");
        using var writer = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
        writer.Write(SnapshotVersion);
        JoinPosition position = Position() with { Carried = [] };
        (int first, ImmutableArray<JoinStart> starts) = _starts.Save();
        byte[] head = JsonSerializer.SerializeToUtf8Bytes(
            new JoinSnapshotHead(position, first, starts, [.. _cells.Save()]), JoinPositionJson.Default.JoinSnapshotHead);
        writer.Write(head.Length);
        writer.Write(head);
        _rows.Save(writer);
        foreach (ModelJoin model in _models.Values) model.Due.Save(writer);
    }

    /// <summary>A joiner that goes on where a position record says, from what it remembered at an earlier one; what lies between it folds again.</summary>
    /// <param name="plans">The settings of the plan at an offset of the plan topic.</param>
    /// <param name="segments">Where segments end. The first plan's, for ever.</param>
    /// <param name="position">The newest position record.</param>
    /// <param name="snapshot">What <see cref="Save"/> wrote, whole.</param>
    /// <param name="allocate">Where ids lie: a block of so many bytes, all zero, that stays where it is; null for memory.</param>
    /// <returns>Null where it is of no use: of another release, ahead of the record, or behind where the record would begin.</returns>
    public static Joiner? Restore(
        Func<long, JoinSettings> plans, JoinSegments segments, JoinPosition position, Stream snapshot, Func<int, Memory<byte>>? allocate = null)
    {
        using var reader = new BinaryReader(snapshot, Encoding.UTF8, leaveOpen: true);
        if (reader.ReadByte() != SnapshotVersion) return null;
        byte[] bytes = reader.ReadBytes(reader.ReadInt32());
        JoinSnapshotHead head = JsonSerializer.Deserialize(bytes, JoinPositionJson.Default.JoinSnapshotHead)!;
        SourceOffset next = head.Position.Next;
        return next > position.Next || next < position.Low ? null : new Joiner(plans, segments, position, head, reader, allocate);
    }

    private Joiner(
        Func<long, JoinSettings> plans, JoinSegments segments, JoinPosition position, JoinSnapshotHead head, BinaryReader tables,
        Func<int, Memory<byte>>? allocate)
        : this(plans, head.Position.Time.Epoch, segments, allocate)
    {
        Restore(head.Position.Time);
        RestoreFates(head.Position);
        foreach (JoinCellUse use in head.Cells)
        {
            JoinedModel plan = plans(use.Cell.Epoch).Models[use.Cell.Any.Model];
            _cells.Restore(use.Place, use.Uses, use.Cell, Model(plan, use.Cell.Epoch), plan);
        }

        _starts.Restore(head.FirstStart, head.Starts);
        _rows.Restore(tables);
        foreach (ModelJoin model in _models.Values) model.Due.Restore(tables);
        _refusals.Restore(position.Refusals);
        Next = head.Position.Next;
        (_replayed, _resumed) = (position, true);
        if (Next == position.Next) EndReplay();
    }

    // Whether the fates that were folded are those of the record.
    private bool Agrees(JoinPosition position) => position.Fates.All(f => _models.TryGetValue(f.Key, out ModelJoin? model) && model.Fates == f.Value);
}

/// <summary>What a snapshot holds besides its tables.</summary>
/// <param name="Position">Where it is, with no id in it.</param>
/// <param name="FirstStart">The number of the first of <paramref name="Starts"/>.</param>
/// <param name="Starts">Of segments whose rows are remembered, and of the one at hand.</param>
/// <param name="Cells">Those that some id has.</param>
internal sealed record JoinSnapshotHead(JoinPosition Position, int FirstStart, ImmutableArray<JoinStart> Starts, ImmutableArray<JoinCellUse> Cells);

/// <summary>The start of a segment.</summary>
/// <param name="Offset">Of its first record.</param>
/// <param name="Time">The state of time there.</param>
/// <param name="Ids">How many ids came first in that segment.</param>
internal sealed record JoinStart(SourceOffset Offset, JoinTime Time, int Ids);

/// <summary>A cell that some id has.</summary>
/// <param name="Place">What ids call it.</param>
/// <param name="Uses">How many rows have it.</param>
/// <param name="Cell">The cell.</param>
internal sealed record JoinCellUse(int Place, int Uses, HeldCell Cell);
