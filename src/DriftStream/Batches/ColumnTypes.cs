using System.Numerics;

namespace DriftStream.Batches;

/// <summary>The types of columns that are made here, named as Arrow writes them.</summary>
public static class ColumnTypes
{
    /// <summary>
    /// Types that need no parameter. <c>Time</c> is microseconds since 1970-01-01T00:00Z; <c>Category</c> is int32 indices into a
    /// dictionary of utf8.
    /// </summary>
    public static readonly ColumnType
        Null = new(ColumnKind.Null, "null"),
        Bool = new(ColumnKind.Bool, "bool"),
        Int64 = Number<long>(),
        Float64 = Number<double>(),
        Time = new(ColumnKind.Timestamp, "timestamp[us, UTC]", TimeUnit.Microsecond),
        Text = new(ColumnKind.Utf8, "utf8"),
        TextView = new(ColumnKind.Utf8View, "utf8_view"),
        Category = new(ColumnKind.Dictionary, "dictionary<int32, utf8>", Index: ColumnKind.Int32);

    /// <summary>The type of a column of lists of such numbers, which only vectors are made of.</summary>
    public static ColumnType List<T>() where T : unmanaged, INumber<T> =>
        new(ColumnKind.Unreadable, $"list<{Number<T>().Name}>", Width: sizeof(int)) { Items = Number<T>() };

    /// <summary>The type of a column of such numbers.</summary>
    /// <exception cref="NotSupportedException">Not an integer of up to 64 bits, Half, float or double.</exception>
    public static ColumnType Number<T>() where T : unmanaged, INumber<T> => default(T) switch
    {
        sbyte => new(ColumnKind.Int8, "int8"),
        short => new(ColumnKind.Int16, "int16"),
        int => new(ColumnKind.Int32, "int32"),
        long => new(ColumnKind.Int64, "int64"),
        byte => new(ColumnKind.UInt8, "uint8"),
        ushort => new(ColumnKind.UInt16, "uint16"),
        uint => new(ColumnKind.UInt32, "uint32"),
        ulong => new(ColumnKind.UInt64, "uint64"),
        Half => new(ColumnKind.Float16, "float16"),
        float => new(ColumnKind.Float32, "float32"),
        double => new(ColumnKind.Float64, "float64"),
        _ => throw new NotSupportedException($"no column holds {typeof(T).Name}"),
    };
}
