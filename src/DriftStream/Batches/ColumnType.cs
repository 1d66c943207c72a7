namespace DriftStream.Batches;

/// <summary>What the bytes of a column are. The names follow the Arrow format.</summary>
public enum ColumnKind : byte
{
    /// <summary>A column of nulls only: no buffers.</summary>
    Null,
    /// <summary>One bit a row.</summary>
    Bool,
    Int8, Int16, Int32, Int64,
    UInt8, UInt16, UInt32, UInt64,
    Float16, Float32, Float64,
    /// <summary>
    /// Little-endian two's complement of <see cref="ColumnType.Width"/> bytes, scaled by 10^-<see cref="ColumnType.Scale"/>.
    /// </summary>
    Decimal,
    /// <summary>Days since 1970-01-01, int32.</summary>
    Date32,
    /// <summary>Milliseconds since 1970-01-01, int64.</summary>
    Date64,
    Time32, Time64,
    /// <summary>int64 in <see cref="ColumnType.Unit"/> since 1970-01-01T00:00Z (no zone means UTC).</summary>
    Timestamp,
    Utf8, LargeUtf8, Utf8View,
    /// <summary>Integer indices (<see cref="ColumnType.Index"/>) into <see cref="Column.Dictionary"/>.</summary>
    Dictionary,
    /// <summary>int64 in <see cref="ColumnType.Unit"/>. No rule can use it.</summary>
    Duration,
    /// <summary>Bytes, read only where a reader is asked for them: no rule can use them.</summary>
    Binary, LargeBinary, BinaryView,
    /// <summary>Bytes of <see cref="ColumnType.Width"/>, read only where a reader is asked for them.</summary>
    FixedBinary,
    /// <summary>A type that no rule can use (nested, interval ...): skipped, its values are not readable.</summary>
    Unreadable,
}

/// <summary>The unit of a time column.</summary>
public enum TimeUnit : byte { Second, Millisecond, Microsecond, Nanosecond }

/// <summary>A column's type, as its schema states it; never guessed from values.</summary>
/// <param name="Kind">What the bytes are.</param>
/// <param name="Unit">For time kinds.</param>
/// <param name="Width">Bytes a value, for decimals and fixed-size binary.</param>
/// <param name="Scale">For decimals.</param>
/// <param name="Index">The integer kind of the indices, for dictionaries.</param>
/// <param name="Name">How Arrow writes the type, for messages: <c>dictionary&lt;int8, utf8&gt;</c>.</param>
public sealed record ColumnType(
    ColumnKind Kind,
    string Name,
    TimeUnit Unit = TimeUnit.Second,
    int Width = 0,
    int Scale = 0,
    ColumnKind Index = ColumnKind.Null)
{
    /// <summary>Integers, floats and decimals: kinds that a numeric layout can count.</summary>
    public bool IsNumber => Kind is >= ColumnKind.Int8 and <= ColumnKind.Decimal;

    /// <summary>Integers of any width and sign.</summary>
    public bool IsInteger => Kind is >= ColumnKind.Int8 and <= ColumnKind.UInt64;

    /// <summary>Text, plain or by dictionary.</summary>
    public bool IsText => Kind is ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View or ColumnKind.Dictionary;

    /// <summary>Bytes that no rule can use.</summary>
    public bool IsBinary => Kind is >= ColumnKind.Binary and <= ColumnKind.FixedBinary;

    /// <summary>Whether <see cref="Column.Values"/> holds one offset more than there are rows.</summary>
    internal bool HasOffsets => Kind is ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Binary or ColumnKind.LargeBinary;

    /// <summary>Bytes a row in <see cref="Column.Values"/>: of a value, index, offset or view; 0 for a bit, or for none.</summary>
    public int ValueWidth => WidthOf(Kind == ColumnKind.Dictionary ? Index : Kind);

    private int WidthOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Null or ColumnKind.Bool or ColumnKind.Unreadable => 0,
        ColumnKind.Int8 or ColumnKind.UInt8 => 1,
        ColumnKind.Int16 or ColumnKind.UInt16 or ColumnKind.Float16 => 2,
        ColumnKind.Int32 or ColumnKind.UInt32 or ColumnKind.Float32 or ColumnKind.Date32 or ColumnKind.Time32 => 4,
        ColumnKind.Utf8 or ColumnKind.Binary => 4,
        ColumnKind.Utf8View or ColumnKind.BinaryView => ColumnText.ViewSize,
        ColumnKind.Decimal or ColumnKind.FixedBinary => Width,
        _ => 8,
    };
}
