using System.Numerics;
using DriftStream.Batches;
using Parquet;
using Parquet.Schema;
using Field = DriftStream.Batches.Field;

namespace DriftStream.Host.Files;

/// <summary>Parquet files, one row group in memory at a time. Nested and binary columns are passed over.</summary>
internal static class ParquetRows
{
    /// <summary>Makes the column of some rows of a row group.</summary>
    private delegate Column Part(int start, int rows);

    public static DataFile Open(string path)
    {
        Schema schema = Read(path, (reader, _) =>
        {
            List<(string Name, DataField? Field)> columns = TopLevel(reader);
            return Task.FromResult(new Schema([.. columns.Select(c => new Field(c.Name, TypeOf(c.Field)))]));
        });
        return new DataFile(path, schema, Batches(path, schema));
    }

    private static IEnumerable<Batch> Batches(string path, Schema schema)
    {
        int groups = Read(path, (reader, _) => Task.FromResult(reader.RowGroupCount));
        TextDictionary[] texts = [.. schema.Fields.Select(_ => new TextDictionary())];
        for (int g = 0; g < groups; g++)
        {
            int group = g;
            (Part[] columns, int rows) = Read(path, (reader, at) => ReadGroup(reader, group, texts, at));
            for (int start = 0; start < rows; start += DataFile.BatchRows)
            {
                var builder = new BatchBuilder();
                for (int i = 0; i < columns.Length; i++)
                    builder.Add(schema.Fields[i].Name, columns[i](start, Math.Min(DataFile.BatchRows, rows - start)));
                yield return builder.Build(schema);
            }
        }
    }

    // Parquet.Net tells of broken files by exceptions of many types, IndexOutOfRange and Overflow among them.
    private static T Read<T>(string path, Func<ParquetReader, Progress, Task<T>> read)
    {
        var at = new Progress();
        try
        {
            return Task.Run(async () =>
            {
                await using ParquetReader reader = await ParquetReader.CreateAsync(path);
                return await read(reader, at);
            }).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or DataFileException))
        {
            string problem =
                $"the Parquet file is damaged or uses what is not read here ({e.Message}); write it again, uncompressed or with zstd";
            throw new DataFileException(path, problem, column: at.Column, inner: e);
        }
    }

    private static async Task<(Part[] Columns, int Rows)> ReadGroup(ParquetReader reader, int group, TextDictionary[] texts, Progress at)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        List<(string Name, DataField? Field)> columns = TopLevel(reader);
        var parts = new Part[columns.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            at.Column = columns[i].Name;
            parts[i] = columns[i].Field is { } field ? await ReadColumn(rows, field, texts[i]) : Unreadable;
        }

        return (parts, checked((int)rows.RowCount));
    }

    private static List<(string Name, DataField? Field)> TopLevel(ParquetReader reader) =>
        [.. reader.Schema.Fields.Select(f => (f.Name, f is DataField { IsArray: false } data && IsReadable(data.ClrType) ? data : null))];

    private static bool IsReadable(Type type) => type == typeof(DateTime) || type == typeof(decimal) || IsText(type)
        || Type.GetTypeCode(type) is >= TypeCode.Boolean and <= TypeCode.Double and not TypeCode.Char;

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(ReadOnlyMemory<char>);

    private static ColumnType TypeOf(DataField? field) => Type.GetTypeCode(field?.ClrType) switch
    {
        TypeCode.Empty => UnreadableType,
        TypeCode.Boolean => ColumnTypes.Bool,
        TypeCode.SByte => ColumnTypes.Number<sbyte>(),
        TypeCode.Byte => ColumnTypes.Number<byte>(),
        TypeCode.Int16 => ColumnTypes.Number<short>(),
        TypeCode.UInt16 => ColumnTypes.Number<ushort>(),
        TypeCode.Int32 => ColumnTypes.Number<int>(),
        TypeCode.UInt32 => ColumnTypes.Number<uint>(),
        TypeCode.Int64 => ColumnTypes.Int64,
        TypeCode.UInt64 => ColumnTypes.Number<ulong>(),
        TypeCode.Single => ColumnTypes.Number<float>(),
        TypeCode.Double or TypeCode.Decimal => ColumnTypes.Float64,
        TypeCode.DateTime => ColumnTypes.Time,
        _ => ColumnTypes.Category,
    };

    private static Task<Part> ReadColumn(ParquetRowGroupReader rows, DataField field, TextDictionary texts) =>
        Type.GetTypeCode(field.ClrType) switch
        {
            TypeCode.Boolean => Values<bool, bool>(rows, field, v => v, Columns.Of),
            TypeCode.SByte => Numbers<sbyte>(rows, field),
            TypeCode.Byte => Numbers<byte>(rows, field),
            TypeCode.Int16 => Numbers<short>(rows, field),
            TypeCode.UInt16 => Numbers<ushort>(rows, field),
            TypeCode.Int32 => Numbers<int>(rows, field),
            TypeCode.UInt32 => Numbers<uint>(rows, field),
            TypeCode.Int64 => Numbers<long>(rows, field),
            TypeCode.UInt64 => Numbers<ulong>(rows, field),
            TypeCode.Single => Numbers<float>(rows, field),
            TypeCode.Double => Numbers<double>(rows, field),
            TypeCode.Decimal => Values<decimal, double>(rows, field, v => (double)v, Columns.Of),
            TypeCode.DateTime => Values<DateTime, long>(rows, field, EventTime.From, Columns.Times),
            _ => Texts(rows, field, texts),
        };

    private delegate Column Make<T>(ReadOnlySpan<T?> values) where T : struct;

    private static Task<Part> Numbers<T>(ParquetRowGroupReader rows, DataField field) where T : unmanaged, INumber<T> =>
        Values<T, T>(rows, field, v => v, Columns.Of);

    private static async Task<Part> Values<T, TColumn>(
        ParquetRowGroupReader rows, DataField field, Func<T, TColumn> convert, Make<TColumn> make)
        where T : struct
        where TColumn : struct
    {
        T?[] values = await Nullable<T>(rows, field);
        TColumn?[] converted = values as TColumn?[] ?? Array.ConvertAll(values, v => v is { } value ? convert(value) : (TColumn?)null);
        return (start, count) => make(converted.AsSpan(start, count));
    }

    private static async Task<Part> Texts(ParquetRowGroupReader rows, DataField field, TextDictionary texts)
    {
        ReadOnlyMemory<char>?[] values = await Nullable<ReadOnlyMemory<char>>(rows, field);
        int[] codes = Array.ConvertAll(values, v => v is { } text ? texts.Code(text.Span) : ColumnCodes.NoCode);
        return (start, count) => texts.Column(codes.AsSpan(start, count));
    }

    private static async Task<T?[]> Nullable<T>(ParquetRowGroupReader rows, DataField field) where T : struct
    {
        var values = new T?[checked((int)rows.RowCount)];
        if (field.IsNullable)
        {
            await rows.ReadAsync<T>(field, values.AsMemory());
            return values;
        }

        var plain = new T[values.Length];
        await rows.ReadAsync<T>(field, plain.AsMemory());
        return Array.ConvertAll(plain, v => (T?)v);
    }

    private static readonly ColumnType UnreadableType = new(ColumnKind.Unreadable, "nested or binary");

    private static Column Unreadable(int start, int rows) => new() { Type = UnreadableType, Rows = rows };

    private sealed class Progress
    {
        public string? Column { get; set; }
    }
}
