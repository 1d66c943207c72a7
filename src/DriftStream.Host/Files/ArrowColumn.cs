using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using DriftStream.Batches;
using Column = DriftStream.Batches.Column;
using TimeUnit = Apache.Arrow.Types.TimeUnit;

namespace DriftStream.Host.Files;

/// <summary>One column of a sequence of batches, as Apache.Arrow writes it.</summary>
internal sealed class ArrowColumn
{
    private readonly Column[] _parts;
    private readonly CategoryCodes? _codes;

    private ArrowColumn(Column[] parts, IArrowType type, CategoryCodes? codes)
    {
        _parts = parts;
        _codes = codes;
        Type = type;
    }

    public IArrowType Type { get; }

    public static bool CanWrite(ColumnType type) => type.Kind == ColumnKind.Dictionary || TypeOf(type) is not null;

    /// <summary>Null for a column that cannot be read.</summary>
    /// <param name="parts">The same column of each batch.</param>
    public static ArrowColumn? For(Column[] parts)
    {
        ColumnType type = parts[0].Type;
        if (type.Kind == ColumnKind.Dictionary && CategoryCodes.Of(parts) is { } codes) return new ArrowColumn(parts, codes.Type, codes);
        return TypeOf(type) is { } written ? new ArrowColumn(parts, written, null) : null;
    }

    public IArrowArray Array(List<RowSpan> spans, int rows)
    {
        if (Type is NullType) return new NullArray(rows);
        byte[] validity = Validity(spans, rows, out int nulls);
        ArrowBuffer bits = nulls == 0 ? ArrowBuffer.Empty : new ArrowBuffer(validity);
        ArrowBuffer[] buffers = Type switch
        {
            DictionaryType => [bits, new ArrowBuffer(_codes!.Indices(spans, rows))],
            StringType => [bits, .. Text(spans, rows)],
            BooleanType => [bits, new ArrowBuffer(Booleans(spans, rows))],
            _ => [bits, new ArrowBuffer(Fixed(spans, rows))],
        };
        return ArrowArrayFactory.BuildArray(new ArrayData(Type, rows, nulls, 0, buffers, null, _codes?.Dictionary));
    }

    private byte[] Validity(List<RowSpan> spans, int rows, out int nulls)
    {
        byte[] bits = new byte[(rows + 7) / 8];
        int at = 0;
        nulls = 0;
        foreach ((int batch, int start, int count) in spans)
        {
            Column part = _parts[batch];
            bool text = part.Type.IsText, full = part.Nulls == 0 && part.Type.Kind != ColumnKind.Dictionary;
            for (int i = 0; i < count; i++, at++)
            {
                if (full || (text ? ColumnText.HasValue(part, start + i) : part.IsValid(start + i))) bits[at >> 3] |= (byte)(1 << (at & 7));
                else nulls++;
            }
        }

        return bits;
    }

    private byte[] Fixed(List<RowSpan> spans, int rows)
    {
        int width = _parts[0].Type.ValueWidth, at = 0;
        byte[] values = new byte[rows * width];
        foreach ((int batch, int start, int count) in spans)
        {
            _parts[batch].Values.Span.Slice(start * width, count * width).CopyTo(values.AsSpan(at));
            at += count * width;
        }

        return values;
    }

    private byte[] Booleans(List<RowSpan> spans, int rows)
    {
        byte[] bits = new byte[(rows + 7) / 8];
        int at = 0;
        foreach ((int batch, int start, int count) in spans)
        {
            ReadOnlySpan<byte> values = _parts[batch].Values.Span;
            for (int i = start; i < start + count; i++, at++)
            {
                if ((values[i >> 3] >> (i & 7) & 1) != 0) bits[at >> 3] |= (byte)(1 << (at & 7));
            }
        }

        return bits;
    }

    private ArrowBuffer[] Text(List<RowSpan> spans, int rows)
    {
        int[] offsets = new int[rows + 1];
        var data = new ArrayBufferWriter<byte>();
        int at = 0;
        foreach ((int batch, int start, int count) in spans)
        {
            for (int i = start; i < start + count; i++)
            {
                data.Write(ColumnText.Utf8(_parts[batch], i));
                offsets[++at] = data.WrittenCount;
            }
        }

        return [new ArrowBuffer(MemoryMarshal.AsBytes(offsets.AsSpan()).ToArray()), new ArrowBuffer(data.WrittenMemory)];
    }

    private static IArrowType? TypeOf(ColumnType type) => type.Kind switch
    {
        ColumnKind.Null => NullType.Default,
        ColumnKind.Bool => BooleanType.Default,
        ColumnKind.Int8 => Int8Type.Default,
        ColumnKind.Int16 => Int16Type.Default,
        ColumnKind.Int32 => Int32Type.Default,
        ColumnKind.Int64 => Int64Type.Default,
        ColumnKind.UInt8 => UInt8Type.Default,
        ColumnKind.UInt16 => UInt16Type.Default,
        ColumnKind.UInt32 => UInt32Type.Default,
        ColumnKind.UInt64 => UInt64Type.Default,
        ColumnKind.Float16 => HalfFloatType.Default,
        ColumnKind.Float32 => FloatType.Default,
        ColumnKind.Float64 => DoubleType.Default,
        ColumnKind.Decimal => type.Width switch
        {
            4 => new Decimal32Type(9, type.Scale),
            8 => new Decimal64Type(18, type.Scale),
            16 => new Decimal128Type(38, type.Scale),
            _ => new Decimal256Type(76, type.Scale),
        },
        ColumnKind.Date32 => Date32Type.Default,
        ColumnKind.Date64 => Date64Type.Default,
        ColumnKind.Time32 => new Time32Type((TimeUnit)type.Unit),
        ColumnKind.Time64 => new Time64Type((TimeUnit)type.Unit),
        ColumnKind.Timestamp => new TimestampType((TimeUnit)type.Unit, "UTC"),
        ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View or ColumnKind.Dictionary => StringType.Default,
        _ => null,
    };
}
