using System.Numerics;
using DriftStream.Batches;
using ParquetSharp;
using ParquetSharp.Schema;
using Column = DriftStream.Batches.Column;

namespace DriftStream.Host.Files;

/// <summary>Lists of float or double numbers of a row group, from its first row on: what vectors are made of.</summary>
/// <param name="reader">Reads the column; disposed by whoever owns it.</param>
internal sealed class ParquetLists(ColumnReader reader) : IDisposable
{
    /// <summary>Rows of a batch where a file has lists: they may be thousands of numbers long.</summary>
    public const int BatchRows = 1 << 10;

    private readonly LogicalColumnReader _rows = reader.LogicalReader();

    /// <summary>What a column of lists is read as; not readable where it is none of float or double numbers.</summary>
    /// <param name="node">The column.</param>
    /// <param name="leaves">How many columns of values it has.</param>
    /// <param name="leaf">The first of them.</param>
    public static ColumnType TypeOf(Node node, int leaves, ColumnDescriptor leaf)
    {
        if (node is PrimitiveNode || leaves != 1 || leaf.MaxRepetitionLevel != 1) return ParquetTypes.Unreadable;
        return leaf.PhysicalType switch
        {
            PhysicalType.Float => ColumnTypes.List<float>(),
            PhysicalType.Double => ColumnTypes.List<double>(),
            _ => ParquetTypes.Unreadable,
        };
    }

    /// <summary>A column of the next rows: not more than are left.</summary>
    public Column Next(int rows) => _rows switch
    {
        LogicalColumnReader<float?[]> lists => Columns.Lists<float>(Read(lists, rows)),
        LogicalColumnReader<double?[]> lists => Columns.Lists<double>(Read(lists, rows)),
        LogicalColumnReader<float[]> lists => Columns.Lists<float>(Nullable(Read(lists, rows))),
        LogicalColumnReader<double[]> lists => Columns.Lists<double>(Nullable(Read(lists, rows))),
        _ => throw new InvalidDataException($"its rows are read as {_rows.GetType()}, not as lists of numbers"),
    };

    public void Dispose() => _rows.Dispose();

    private static T?[] Read<T>(LogicalColumnReader<T> reader, int rows) where T : class
    {
        var lists = new T[rows];
        int read = reader.ReadBatch(lists);
        return read == rows ? lists : throw new InvalidDataException($"{rows - read} rows are missing at its end");
    }

    private static T?[]?[] Nullable<T>(T[]?[] lists) where T : unmanaged, INumber<T> =>
        [.. lists.Select(list => list is null ? null : (T?[])[.. list.Select(item => (T?)item)])];
}
