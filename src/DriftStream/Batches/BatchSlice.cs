namespace DriftStream.Batches;

/// <summary>Some rows of a batch as a batch of their own, without copying values.</summary>
public static class BatchSlice
{
    /// <summary>As many rows from <paramref name="start"/> on; valid as long as the batch is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not inside the batch.</exception>
    public static Batch Slice(this Batch batch, int start, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + rows, batch.Rows, nameof(rows));
        var slice = new Batch(batch.Schema) { Rows = rows, HasRefusals = batch.HasRefusals };
        for (int i = 0; i < slice.Columns.Length; i++) slice.Columns[i] = Slice(batch.Columns[i], start, rows);
        return slice;
    }

    /// <summary>The batch in parts of at most <paramref name="most"/> rows; valid as long as the batch is.</summary>
    public static IEnumerable<Batch> Parts(this Batch batch, int most)
    {
        for (int start = 0; start < batch.Rows; start += most) yield return batch.Slice(start, Math.Min(most, batch.Rows - start));
    }

    private static Column Slice(Column column, int start, int rows)
    {
        var slice = new Column
        {
            Type = column.Type,
            Rows = rows,
            Data = column.Data,
            ViewBuffers = column.ViewBuffers,
            ViewBufferCount = column.ViewBufferCount,
            Dictionary = column.Dictionary,
            DictionaryVersion = column.DictionaryVersion,
            Refused = column.Refusal is null ? default : Bits.Slice(column.Refused, start, rows),
            Refusal = column.Refusal,
            Items = column.Items,
            FirstItem = column.FirstItem + (start * column.Type.ListLength),
        };
        if (column.Type.Kind == ColumnKind.Null) slice.Nulls = rows;
        if (!column.Validity.IsEmpty)
        {
            ReadOnlyMemory<byte> validity = Bits.Slice(column.Validity, start, rows);
            slice.Nulls = rows - Bits.CountOnes(validity.Span, rows);
            if (slice.Nulls > 0) slice.Validity = validity;
        }

        if (column.Values.IsEmpty) return slice;
        int width = column.Type.ValueWidth;
        int values = rows + (column.Type.HasOffsets ? 1 : 0);
        slice.Values = width == 0 ? Bits.Slice(column.Values, start, rows) : column.Values.Slice(start * width, values * width);
        return slice;
    }
}
