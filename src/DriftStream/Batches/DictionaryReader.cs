using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>
/// Reads dictionary messages. Each gives a column of its own, so that a batch read before keeps the values it was written with.
/// </summary>
internal sealed class DictionaryReader(ColumnReader columns, Arena arena, InputLimits limits)
{
    private static readonly ColumnType Utf8 = new(ColumnKind.Utf8, "utf8");
    private static readonly Column NoValues = new() { Type = Utf8 };

    private readonly List<Column> _values = [];
    private int _used;
    private long _lastVersion;

    /// <summary>Begins a new message.</summary>
    public void Reset(SchemaPlan plan)
    {
        _used = 0;
        foreach (DictionarySlot slot in plan.Dictionaries) slot.Reset();
    }

    /// <summary>Gives a column its dictionary, the one now in force.</summary>
    public static void Attach(Column column, DictionarySlot slot)
    {
        column.Dictionary = slot.Current ?? NoValues;
        column.DictionaryVersion = slot.Version;
    }

    /// <summary>Reads a DictionaryBatch table.</summary>
    public Reject? Read(FlatTable dictionary, ReadOnlySpan<byte> metadata, ReadOnlyMemory<byte> body, SchemaPlan plan)
    {
        long id = dictionary.Int64(0);
        bool delta = dictionary.UInt8(2) != 0;
        if (Find(plan, id) is not { } slot) return new Reject(RejectReason.Malformed, $"dictionary {id} belongs to no column");
        if (BatchCursor.Open(dictionary.Table(1), body, slot.Values, limits.Rows, out BatchCursor cursor) is { } reject) return reject;
        Column values = Next();
        if (columns.Read(ref cursor, slot.Values, values) is { } unread) return unread;
        if (delta && slot.Current is { } before)
        {
            Column merged = Next();
            if (Merge(before, values, merged) is { } refused) return refused;
            slot.Extend(merged, ref _lastVersion);
        }
        else
        {
            slot.Replace(values, metadata, body.Span, ref _lastVersion);
        }

        return null;
    }

    private static DictionarySlot? Find(SchemaPlan plan, long id)
    {
        foreach (DictionarySlot slot in plan.Dictionaries)
        {
            if (slot.Id == id) return slot;
        }

        return null;
    }

    private Column Next()
    {
        if (_used == _values.Count) _values.Add(new Column());
        return _values[_used++];
    }

    // Appends one to the other as plain utf8, whatever kinds of text they were. The arena's limit bounds how often a message can do this.
    private Reject? Merge(Column first, Column second, Column merged)
    {
        long rows = (long)first.Rows + second.Rows;
        if (rows > limits.Rows) return new Reject(RejectReason.LimitExceeded, $"a dictionary grows to more than {limits.Rows} values");
        merged.Rows = (int)rows;
        merged.Nulls = first.Nulls + second.Nulls;
        merged.Type = first.Type;
        if (ColumnGather.CanRead(first.Type)) return MergeFixed(first, second, merged);
        if (first.Type.Kind is not (ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View)) return null;
        merged.Type = Utf8;
        if (arena.Take((rows + 1) * sizeof(int), out Memory<byte> offsets) is { } noOffsets) return noOffsets;
        if (arena.Take(Bits.BytesFor(merged.Rows), out Memory<byte> validity) is { } noValidity) return noValidity;
        if (arena.Take(TextBytes(first) + TextBytes(second), out Memory<byte> data) is { } noData) return noData;
        validity.Span.Clear();
        int written = 0;
        Append(first, 0, offsets.Span, validity.Span, data.Span, ref written);
        Append(second, first.Rows, offsets.Span, validity.Span, data.Span, ref written);
        MemoryMarshal.Cast<byte, int>(offsets.Span)[merged.Rows] = written;
        merged.Values = offsets;
        merged.Data = data;
        merged.Validity = merged.Nulls == 0 ? default : validity;
        return null;
    }

    private Reject? MergeFixed(Column first, Column second, Column merged)
    {
        int width = first.Type.ValueWidth;
        if (arena.Take(Bits.BytesFor(merged.Rows), out Memory<byte> validity) is { } noValidity) return noValidity;
        if (arena.Take(width == 0 ? Bits.BytesFor(merged.Rows) : (long)merged.Rows * width, out Memory<byte> values) is { } noValues) return noValues;
        validity.Span.Clear();
        if (width == 0) values.Span.Clear();
        for (int row = 0; row < merged.Rows; row++)
        {
            (Column from, int at) = row < first.Rows ? (first, row) : (second, row - first.Rows);
            if (from.IsValid(at)) Bits.Set(validity.Span, row);
            if (width > 0) from.Values.Span.Slice(at * width, width).CopyTo(values.Span[(row * width)..]);
            else if (Bits.IsSet(from.Values.Span, at)) Bits.Set(values.Span, row);
        }

        merged.Values = values;
        merged.Validity = merged.Nulls == 0 ? default : validity;
        return null;
    }

    private static long TextBytes(Column text)
    {
        long bytes = 0;
        for (int row = 0; row < text.Rows; row++) bytes += ColumnText.Utf8(text, row).Length;
        return bytes;
    }

    private static void Append(Column text, int firstRow, Span<byte> offsets, Span<byte> validity, Span<byte> data, ref int written)
    {
        Span<int> starts = MemoryMarshal.Cast<byte, int>(offsets);
        for (int row = 0; row < text.Rows; row++)
        {
            int target = firstRow + row;
            starts[target] = written;
            if (!text.IsValid(row)) continue;
            validity[target >> 3] |= (byte)(1 << (target & 7));
            ReadOnlySpan<byte> value = ColumnText.Utf8(text, row);
            value.CopyTo(data[written..]);
            written += value.Length;
        }
    }
}
