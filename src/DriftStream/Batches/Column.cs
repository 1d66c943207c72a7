namespace DriftStream.Batches;

/// <summary>
/// One column of a batch: where its bytes are. The reader that made it reuses it for its next message, so neither
/// it nor a span of it may be kept longer. Everything reachable from here has been checked: lengths hold
/// <see cref="Rows"/> values, offsets are monotone and inside their data, indices of valid rows are inside the dictionary.
/// </summary>
public sealed class Column
{
    /// <summary>What the bytes are, by the schema.</summary>
    public ColumnType Type { get; set; } = new(ColumnKind.Null, "null");

    /// <summary>The number of rows.</summary>
    public int Rows { get; set; }

    /// <summary>How many rows have no value, counted from the bitmap; what the message states is not believed.</summary>
    public int Nulls { get; set; }

    /// <summary>Bit i of byte i/8, least significant first, is 1 where row i has a value. Empty: every row has one.</summary>
    public ReadOnlyMemory<byte> Validity { get; set; }

    /// <summary>Fixed-width values, bits, dictionary indices, text offsets (Rows + 1) or views (16 bytes a row).</summary>
    public ReadOnlyMemory<byte> Values { get; set; }

    /// <summary>
    /// The elements of all rows, where it is a list of numbers that a reader was asked for (<see cref="ColumnType.Items"/>). Lists of one length lie one after
    /// the other; others are where the offsets in <see cref="Values"/> say.
    /// </summary>
    public Column? Items { get; set; }

    /// <summary>The row of <see cref="Items"/> at which the list in slice begins, for lists of one length.</summary>
    internal int FirstItem { get; set; }

    /// <summary>The bytes that text offsets point into.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>The data buffers that text views point into; the first <see cref="ViewBufferCount"/> are in use.</summary>
    public ReadOnlyMemory<byte>[] ViewBuffers { get; set; } = [];

    /// <summary>How many of <see cref="ViewBuffers"/> are in use.</summary>
    public int ViewBufferCount { get; set; }

    /// <summary>The values behind the indices of a <see cref="ColumnKind.Dictionary"/> column: a text column (or null-typed).</summary>
    public Column? Dictionary { get; set; }

    /// <summary>Changes whenever the dictionary's content changes, so that look-ups can be remembered.</summary>
    public long DictionaryVersion { get; set; }

    /// <summary>
    /// Bit i of byte i/8 is 1 where row i had a value that is not of the column's type (JSON): the row reads as null. Empty: no row had.
    /// </summary>
    public ReadOnlyMemory<byte> Refused { get; set; }

    /// <summary>Why the first of these values was refused, or null.</summary>
    public Reject? Refusal { get; set; }

    /// <summary>Whether the row had a value that is not of the column's type.</summary>
    public bool IsRefused(int row) => !Refused.IsEmpty && Bits.IsSet(Refused.Span, row);

    /// <summary>Whether the row's bit of <see cref="Validity"/> is set, or there is no bitmap.</summary>
    public bool IsValid(int row)
    {
        ReadOnlySpan<byte> bits = Validity.Span;
        return bits.IsEmpty ? Type.Kind != ColumnKind.Null : (bits[row >> 3] >> (row & 7) & 1) != 0;
    }
}
