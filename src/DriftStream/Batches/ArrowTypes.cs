using System.Text;

namespace DriftStream.Batches;

/// <summary>How a type of the Arrow format is laid out, without its children.</summary>
/// <param name="Type">The type as it can be read here.</param>
/// <param name="Buffers">How many buffers of its own it has; a view's data buffers are counted in the batch.</param>
/// <param name="IsView">Whether it has data buffers counted in the batch.</param>
internal readonly record struct TypeLayout(ColumnType Type, int Buffers, bool IsView = false);

/// <summary>The types of the Arrow format (Schema.fbs, union Type).</summary>
internal static class ArrowTypes
{
    private const int LongestZone = 64;

    /// <summary>The layout of a type, or null for one that the format does not know or that contradicts itself.</summary>
    /// <param name="id">The member of the union Type.</param>
    /// <param name="type">Its table.</param>
    /// <param name="unionBitmap">Whether unions have a validity bitmap: they did before V5.</param>
    /// <param name="binary">Whether bytes are to be read; otherwise they are skipped.</param>
    public static TypeLayout? Read(byte id, FlatTable type, bool unionBitmap, bool binary) => id switch
    {
        1 => new(new ColumnType(ColumnKind.Null, "null"), 0),
        2 => Fixed(Integer(type)),
        3 => Fixed(FloatingPoint(type)),
        4 => Bytes(ColumnKind.Binary, "binary", 3, binary),
        5 => new(new ColumnType(ColumnKind.Utf8, "utf8"), 3),
        6 => Fixed(new ColumnType(ColumnKind.Bool, "bool")),
        7 => Fixed(Decimal(type)),
        8 => Fixed(type.Int16(0, 1) == 0 ? new ColumnType(ColumnKind.Date32, "date32") : new ColumnType(ColumnKind.Date64, "date64")),
        9 => Fixed(Time(type)),
        10 => Fixed(Timestamp(type)),
        11 => Skipped("interval", 2),
        12 => Skipped("list", 2),
        13 => Skipped("struct", 1),
        14 => Skipped("union", (type.Int16(0) == 0 ? 1 : 2) + (unionBitmap ? 1 : 0)),
        15 => FixedBinary(type.Int32(0), binary),
        16 => Skipped("fixed_size_list", 1),
        17 => Skipped("map", 2),
        18 => Fixed(Duration(type)),
        19 => Bytes(ColumnKind.LargeBinary, "large_binary", 3, binary),
        20 => new(new ColumnType(ColumnKind.LargeUtf8, "large_utf8"), 3),
        21 => Skipped("large_list", 2),
        22 => Skipped("run_end_encoded", 0),
        23 => Bytes(ColumnKind.BinaryView, "binary_view", 2, binary),
        24 => new(new ColumnType(ColumnKind.Utf8View, "utf8_view"), 2, true),
        25 => Skipped("list_view", 3),
        26 => Skipped("large_list_view", 3),
        _ => null,
    };

    /// <summary>The type of an Int table, or null for an impossible width.</summary>
    public static ColumnType? Integer(FlatTable type)
    {
        bool signed = type.UInt8(1) != 0;
        ColumnKind kind = type.Int32(0) switch
        {
            8 => signed ? ColumnKind.Int8 : ColumnKind.UInt8,
            16 => signed ? ColumnKind.Int16 : ColumnKind.UInt16,
            32 => signed ? ColumnKind.Int32 : ColumnKind.UInt32,
            64 => signed ? ColumnKind.Int64 : ColumnKind.UInt64,
            _ => ColumnKind.Null,
        };
        return kind == ColumnKind.Null ? null : new ColumnType(kind, $"{(signed ? "int" : "uint")}{type.Int32(0)}");
    }

    private static ColumnType? FloatingPoint(FlatTable type) => type.Int16(0) switch
    {
        0 => new ColumnType(ColumnKind.Float16, "float16"),
        1 => new ColumnType(ColumnKind.Float32, "float32"),
        2 => new ColumnType(ColumnKind.Float64, "float64"),
        _ => null,
    };

    // The digits must fit the width. A scale may be greater than the digits, but not so great that its power of ten is no longer a number.
    private static ColumnType? Decimal(FlatTable type)
    {
        int precision = type.Int32(0), scale = type.Int32(1), bits = type.Int32(2, 128);
        int digits = bits switch { 32 => 9, 64 => 18, 128 => 38, 256 => 76, _ => 0 };
        if (precision < 1 || precision > digits || scale is < -128 or > 128) return null;
        return new ColumnType(ColumnKind.Decimal, $"decimal{bits}({precision}, {scale})", Width: bits / 8, Scale: scale);
    }

    private static ColumnType? Time(FlatTable type)
    {
        int unit = type.Int16(0, 1), bits = type.Int32(1, 32);
        if (unit is < 0 or > 3 || bits != (unit <= 1 ? 32 : 64)) return null;
        return new ColumnType(bits == 32 ? ColumnKind.Time32 : ColumnKind.Time64, $"time{bits}[{Unit(unit)}]", (TimeUnit)unit);
    }

    private static ColumnType? Timestamp(FlatTable type)
    {
        int unit = type.Int16(0);
        ReadOnlySpan<byte> zone = type.Vector(1, 1);
        if (unit is < 0 or > 3 || zone.Length > LongestZone) return null;
        string name = zone.IsEmpty ? $"timestamp[{Unit(unit)}]" : $"timestamp[{Unit(unit)}, {Encoding.UTF8.GetString(zone)}]";
        return new ColumnType(ColumnKind.Timestamp, name, (TimeUnit)unit);
    }

    private static ColumnType? Duration(FlatTable type)
    {
        int unit = type.Int16(0, 1);
        return unit is < 0 or > 3 ? null : new ColumnType(ColumnKind.Duration, $"duration[{Unit(unit)}]", (TimeUnit)unit);
    }

    private static TypeLayout? Bytes(ColumnKind kind, string name, int buffers, bool read) =>
        new TypeLayout(new ColumnType(read ? kind : ColumnKind.Unreadable, name), buffers, kind == ColumnKind.BinaryView);

    // A value of no bytes is legal but cannot be shown.
    private static TypeLayout? FixedBinary(int width, bool read)
    {
        string name = $"fixed_size_binary({width})";
        return width < 0 ? null : read && width > 0 ? Fixed(new ColumnType(ColumnKind.FixedBinary, name, Width: width)) : Skipped(name, 2);
    }

    private static string Unit(int unit) => unit switch { 0 => "s", 1 => "ms", 2 => "us", _ => "ns" };

    private static TypeLayout? Fixed(ColumnType? type) => type is null ? null : new(type, 2);

    private static TypeLayout? Skipped(string name, int buffers) =>
        new TypeLayout(new ColumnType(ColumnKind.Unreadable, name), buffers);
}
