using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DriftStream.Batches;
using ParquetSharp;
using Column = DriftStream.Batches.Column;

namespace DriftStream.Host.Files;

/// <summary>The values of one column of a row group, from its first row on.</summary>
/// <param name="reader">Reads a column that is neither nested nor repeated, unless it is of lists; disposed with this.</param>
/// <param name="type">The type that <see cref="ParquetTypes"/> gives it.</param>
/// <param name="texts">For texts; the row groups of a file share it.</param>
internal sealed class ParquetColumn(ColumnReader reader, ColumnType type, TextDictionary texts) : IDisposable
{
    private const long MicrosecondsPerDay = 86_400_000_000, NanosecondsPerMicrosecond = 1000;
    private const int UnixEpochJulianDay = 2_440_588;

    // A row has a value where its level is this; 0 where every row has one and no levels are written.
    private readonly short _full = reader.ColumnDescriptor.MaxDefinitionLevel;
    private readonly int _width = reader.ColumnDescriptor.TypeLength;
    private readonly short[] _levels = reader.ColumnDescriptor.MaxDefinitionLevel == 0 ? [] : new short[DataFile.BatchRows];
    private readonly ParquetLists? _lists = type.Items is null ? null : new ParquetLists(reader);
    private byte[] _validity = [];
    private int _nulls;

    /// <summary>A column of the next rows: not more than are left, nor than a batch has.</summary>
    public Column Next(int rows) => _lists?.Next(rows) ?? (reader, type.Kind) switch
    {
        (ColumnReader<int> c, ColumnKind.Decimal) => Fixed(Read(c, rows, v => (Int128)v)),
        (ColumnReader<long> c, ColumnKind.Decimal) => Fixed(Read(c, rows, v => (Int128)v)),
        (ColumnReader<ByteArray> c, ColumnKind.Decimal) => Decimals(c, rows, v => Bytes(v.Pointer, v.Length)),
        (ColumnReader<FixedLenByteArray> c, ColumnKind.Decimal) => Decimals(c, rows, v => Bytes(v.Pointer, _width)),
        (ColumnReader<int> c, ColumnKind.Int8) => Fixed(Read(c, rows, v => (sbyte)v)),
        (ColumnReader<int> c, ColumnKind.UInt8) => Fixed(Read(c, rows, v => (byte)v)),
        (ColumnReader<int> c, ColumnKind.Int16) => Fixed(Read(c, rows, v => (short)v)),
        (ColumnReader<int> c, ColumnKind.UInt16) => Fixed(Read(c, rows, v => (ushort)v)),
        (ColumnReader<int> c, _) => Fixed(Read<int, int>(c, rows, null)),
        (ColumnReader<long> c, _) => Fixed(Read<long, long>(c, rows, null)),
        (ColumnReader<float> c, _) => Fixed(Read<float, float>(c, rows, null)),
        (ColumnReader<double> c, _) => Fixed(Read<double, double>(c, rows, null)),
        (ColumnReader<bool> c, _) => Bools(Read<bool, bool>(c, rows, null)),
        (ColumnReader<Int96> c, _) => Fixed(Read(c, rows, Time)),
        (ColumnReader<FixedLenByteArray> c, _) => Fixed(Read(c, rows, v => BinaryPrimitives.ReadHalfLittleEndian(Bytes(v.Pointer, _width)))),
        (ColumnReader<ByteArray> c, _) => texts.Column(Read(c, rows, v => texts.Code(Bytes(v.Pointer, v.Length)), ColumnCodes.NoCode)),
        _ => throw new InvalidOperationException($"{reader.GetType().Name} is not read as {type.Name}"),
    };

    public void Dispose()
    {
        _lists?.Dispose();
        reader.Dispose();
    }

    /// <param name="column">Gives the values, without rows that have none.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="convert">Null to take the values as they are. Bytes that a value points to exist only during the call.</param>
    /// <param name="missing">Stands for rows without a value.</param>
    private TOut[] Read<T, TOut>(ColumnReader<T> column, int rows, Func<T, TOut>? convert, TOut missing = default)
        where T : unmanaged
        where TOut : unmanaged
    {
        var result = new TOut[rows];
        // Unconverted values go straight to their place, and are moved apart where rows without a value are among them.
        T[] values = convert is null ? (T[])(object)result : new T[rows];
        (_validity, _nulls) = (new byte[(rows + 7) / 8], 0);
        for (int done = 0; done < rows;)
        {
            int at = convert is null ? done : 0;
            Span<short> found = _levels.AsSpan(0, _full == 0 ? 0 : rows - done);
            int levels = (int)column.ReadBatch(rows - done, found, default, values.AsSpan(at, rows - done), out long dense);
            if (levels == 0) throw new InvalidDataException($"{rows - done} rows are missing at its end");
            Span<TOut> target = result.AsSpan(done, levels);
            if (convert is not null)
            {
                for (int i = 0; i < dense; i++) target[i] = convert(values[i]);
            }

            if (dense < levels) Spread(target, (int)dense, done, missing);
            else Mark(done, levels);
            done += levels;
        }

        return result;
    }

    // From the last row to the first, so that no value is overwritten before it has moved.
    private void Spread<T>(Span<T> values, int dense, int first, T missing)
    {
        _nulls += values.Length - dense;
        for (int row = values.Length - 1; row >= 0; row--)
        {
            if (_levels[row] != _full)
            {
                values[row] = missing;
                continue;
            }

            values[row] = values[--dense];
            _validity[(first + row) >> 3] |= (byte)(1 << ((first + row) & 7));
        }
    }

    private void Mark(int first, int rows)
    {
        for (int row = first; row < first + rows; row++) _validity[row >> 3] |= (byte)(1 << (row & 7));
    }

    private Column Fixed<T>(T[] values) where T : unmanaged => Made(values.Length, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private Column Bools(bool[] values)
    {
        byte[] bits = new byte[(values.Length + 7) / 8];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i]) bits[i >> 3] |= (byte)(1 << (i & 7));
        }

        return Made(values.Length, bits);
    }

    private delegate ReadOnlySpan<byte> BytesOf<T>(T value);

    private Column Decimals<T>(ColumnReader<T> column, int rows, BytesOf<T> bytes) where T : unmanaged => type.Width == 16
        ? Fixed(Read(column, rows, v => (Int128)Wide(bytes(v)).Low))
        : Fixed(Read(column, rows, v => Wide(bytes(v))));

    // Big-endian two's complement of any length, as little-endian of 32 bytes.
    private static (UInt128 Low, UInt128 High) Wide(ReadOnlySpan<byte> value)
    {
        bool negative = value is [>= 0x80, ..];
        (UInt128 low, UInt128 high) = negative ? (UInt128.MaxValue, UInt128.MaxValue) : (UInt128.Zero, UInt128.Zero);
        foreach (byte b in value) (high, low) = ((high << 8) | (low >> 120), (low << 8) | b);
        return (low, high);
    }

    private Column Made(int rows, byte[] values) =>
        new() { Type = type, Rows = rows, Nulls = _nulls, Validity = _nulls == 0 ? default : _validity, Values = values };

    // Nanoseconds of the day, and a Julian day number.
    private static long Time(Int96 value)
    {
        long nanoseconds = (long)(((ulong)(uint)value.B << 32) | (uint)value.A);
        return ((value.C - (long)UnixEpochJulianDay) * MicrosecondsPerDay) + (nanoseconds / NanosecondsPerMicrosecond);
    }

    private static unsafe ReadOnlySpan<byte> Bytes(nint pointer, int length) => new((void*)pointer, length);
}
