using DriftStream.Batches;
using ParquetSharp;
using TimeUnit = DriftStream.Batches.TimeUnit;

namespace DriftStream.Host.Files;

/// <summary>What the columns of Parquet files are read as.</summary>
internal static class ParquetTypes
{
    public static readonly ColumnType Unreadable = new(ColumnKind.Unreadable, "nested or binary");

    /// <summary>The greatest precision of an Arrow decimal of 16 bytes; beyond it they have 32.</summary>
    private const int Decimal128Digits = 38, Decimal256Digits = 76;

    /// <param name="column">A column that is neither nested nor repeated.</param>
    public static ColumnType Of(ColumnDescriptor column)
    {
        using LogicalType logical = column.LogicalType;
        return (column.PhysicalType, logical) switch
        {
            (_, DecimalLogicalType { Precision: <= Decimal256Digits } type) => Decimal(type),
            (PhysicalType.Boolean, _) => ColumnTypes.Bool,
            (PhysicalType.Int32 or PhysicalType.Int64, IntLogicalType type) => Integer(type),
            (PhysicalType.Int32, DateLogicalType) => new ColumnType(ColumnKind.Date32, "date32"),
            (PhysicalType.Int32, TimeLogicalType) => new ColumnType(ColumnKind.Time32, "time32[ms]", TimeUnit.Millisecond),
            (PhysicalType.Int32, _) => ColumnTypes.Number<int>(),
            (PhysicalType.Int64, TimestampLogicalType type) => Timestamp(type),
            (PhysicalType.Int64, TimeLogicalType type) => new ColumnType(ColumnKind.Time64, $"time64[{Word(type.TimeUnit)}]", Unit(type.TimeUnit)),
            (PhysicalType.Int64, _) => ColumnTypes.Int64,
            (PhysicalType.Int96, _) => ColumnTypes.Time,
            (PhysicalType.Float, _) => ColumnTypes.Number<float>(),
            (PhysicalType.Double, _) => ColumnTypes.Float64,
            (PhysicalType.ByteArray, StringLogicalType or EnumLogicalType or JsonLogicalType) => ColumnTypes.Category,
            (PhysicalType.FixedLenByteArray, Float16LogicalType) => ColumnTypes.Number<Half>(),
            _ => Unreadable,
        };
    }

    private static ColumnType Integer(IntLogicalType type) => (type.BitWidth, type.IsSigned) switch
    {
        (8, true) => ColumnTypes.Number<sbyte>(),
        (16, true) => ColumnTypes.Number<short>(),
        (32, true) => ColumnTypes.Number<int>(),
        (8, false) => ColumnTypes.Number<byte>(),
        (16, false) => ColumnTypes.Number<ushort>(),
        (32, false) => ColumnTypes.Number<uint>(),
        (64, false) => ColumnTypes.Number<ulong>(),
        _ => ColumnTypes.Int64,
    };

    private static ColumnType Decimal(DecimalLogicalType type)
    {
        int width = type.Precision <= Decimal128Digits ? 16 : 32;
        return new ColumnType(ColumnKind.Decimal, $"decimal{8 * width}({type.Precision}, {type.Scale})", Width: width, Scale: type.Scale);
    }

    private static ColumnType Timestamp(TimestampLogicalType type)
    {
        string zone = type.IsAdjustedToUtc ? ", UTC" : "";
        return new ColumnType(ColumnKind.Timestamp, $"timestamp[{Word(type.TimeUnit)}{zone}]", Unit(type.TimeUnit));
    }

    private static TimeUnit Unit(ParquetSharp.TimeUnit unit) => unit switch
    {
        ParquetSharp.TimeUnit.Millis => TimeUnit.Millisecond,
        ParquetSharp.TimeUnit.Nanos => TimeUnit.Nanosecond,
        _ => TimeUnit.Microsecond,
    };

    private static string Word(ParquetSharp.TimeUnit unit) => unit switch
    {
        ParquetSharp.TimeUnit.Millis => "ms",
        ParquetSharp.TimeUnit.Nanos => "ns",
        _ => "us",
    };
}
