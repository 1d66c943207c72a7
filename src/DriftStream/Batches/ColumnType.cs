namespace DriftStream.Batches;

/// <summary>What the bytes of a column are. The names follow the Arrow format.</summary>
public enum ColumnKind : byte
{
    /// <summary>A column that holds only nulls: no buffers.</summary>
    Null,
    /// <summary>One bit a row.</summary>
    Bool,
    /// <summary>Integers, little-endian, of the sign and bits in their names.</summary>
    Int8,
    /// <inheritdoc cref="Int8"/>
    Int16,
    /// <inheritdoc cref="Int8"/>
    Int32,
    /// <inheritdoc cref="Int8"/>
    Int64,
    /// <inheritdoc cref="Int8"/>
    UInt8,
    /// <inheritdoc cref="Int8"/>
    UInt16,
    /// <inheritdoc cref="Int8"/>
    UInt32,
    /// <inheritdoc cref="Int8"/>
    UInt64,
    /// <summary>IEEE 754 numbers, little-endian, of the bits in their names.</summary>
    Float16,
    /// <inheritdoc cref="Float16"/>
    Float32,
    /// <inheritdoc cref="Float16"/>
    Float64,
    /// <summary>
    /// Little-endian two's complement of <see cref="ColumnType.Width"/> bytes, scaled by 10^-<see cref="ColumnType.Scale"/>.
    /// </summary>
    Decimal,
    /// <summary>Days since 1970-01-01, int32.</summary>
    Date32,
    /// <summary>Milliseconds since 1970-01-01, int64.</summary>
    Date64,
    /// <summary>Time of day, int32 in <see cref="ColumnType.Unit"/> since midnight. No rule can use it.</summary>
    Time32,
    /// <summary>Time of day, int64 in <see cref="ColumnType.Unit"/> since midnight. No rule can use it.</summary>
    Time64,
    /// <summary>int64 in <see cref="ColumnType.Unit"/> since 1970-01-01T00:00Z (no zone means UTC).</summary>
    Timestamp,
    /// <summary>Text, with int32 offsets into <see cref="Column.Data"/>.</summary>
    Utf8,
    /// <summary>Text, with int64 offsets into <see cref="Column.Data"/>.</summary>
    LargeUtf8,
    /// <summary>Text, by views of 16 bytes into <see cref="Column.ViewBuffers"/>.</summary>
    Utf8View,
    /// <summary>Integer indices (<see cref="ColumnType.Index"/>) into <see cref="Column.Dictionary"/>.</summary>
    Dictionary,
    /// <summary>int64 in <see cref="ColumnType.Unit"/>. No rule can use it.</summary>
    Duration,
    /// <summary>Bytes, laid out like <see cref="Utf8"/>; read only where a reader is asked for them, since no rule can use them.</summary>
    Binary,
    /// <summary>Bytes, laid out like <see cref="LargeUtf8"/>; read only where a reader is asked for them.</summary>
    LargeBinary,
    /// <summary>Bytes, laid out like <see cref="Utf8View"/>; read only where a reader is asked for them.</summary>
    BinaryView,
    /// <summary><see cref="ColumnType.Width"/> bytes a row; read only where a reader is asked for them.</summary>
    FixedBinary,
    /// <summary>A type that no rule can use (nested, interval ...): skipped, its values are not readable.</summary>
    Unreadable,
}

/// <summary>The unit of a time column.</summary>
public enum TimeUnit : byte
{
    /// <summary>1,000,000 microseconds.</summary>
    Second,

    /// <summary>1,000 microseconds.</summary>
    Millisecond,

    /// <summary>The unit of event time.</summary>
    Microsecond,

    /// <summary>Rounded down to the microsecond where it is read as event time.</summary>
    Nanosecond,
}

/// <summary>A column's type, as its schema states it; never guessed from values.</summary>
/// <param name="Kind">What the bytes are.</param>
/// <param name="Unit">The unit, for kinds of time.</param>
/// <param name="Width">Bytes a value, for decimals and fixed-size binary; of a list with offsets, bytes an offset.</param>
/// <param name="Scale">Digits after the point, for decimals; may be negative.</param>
/// <param name="Index">The integer kind of the indices, for dictionaries.</param>
/// <param name="Name">What Arrow calls the type, for messages: <c>dictionary&lt;int8, utf8&gt;</c>.</param>
public sealed record ColumnType(
    ColumnKind Kind,
    string Name,
    TimeUnit Unit = TimeUnit.Second,
    int Width = 0,
    int Scale = 0,
    ColumnKind Index = ColumnKind.Null)
{
    /// <summary>What the elements are, where it is a list of numbers that a reader was asked for; otherwise null. To all else it is unreadable.</summary>
    public ColumnType? Items { get; init; }

    /// <summary>How many elements each list has, where the type says so; 0 where offsets do.</summary>
    public int ListLength { get; init; }

    /// <summary>Integers, floats and decimals: kinds that a numeric layout can count.</summary>
    public bool IsNumber => Kind is >= ColumnKind.Int8 and <= ColumnKind.Decimal;

    /// <summary>Integers of any width and sign.</summary>
    public bool IsInteger => Kind is >= ColumnKind.Int8 and <= ColumnKind.UInt64;

    /// <summary>Text, plain or by dictionary.</summary>
    public bool IsText => Kind is ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View or ColumnKind.Dictionary;

    /// <summary>Bytes that no rule can use.</summary>
    public bool IsBinary => Kind is >= ColumnKind.Binary and <= ColumnKind.FixedBinary;

    /// <summary>Whether <see cref="Column.Values"/> holds one offset more than there are rows.</summary>
    internal bool HasOffsets => Items is not null
        ? ListLength == 0
        : Kind is ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Binary or ColumnKind.LargeBinary;

    /// <summary>Bytes a row in <see cref="Column.Values"/>: of a value, index, offset or view; 0 for a bit, or for none.</summary>
    public int ValueWidth => Items is not null ? ListLength > 0 ? 0 : Width : WidthOf(Kind == ColumnKind.Dictionary ? Index : Kind);

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
