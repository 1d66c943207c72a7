using System.Collections.Immutable;
using DriftStream.Batches;
using ParquetSharp;
using ParquetSharp.Schema;
using Field = DriftStream.Batches.Field;

namespace DriftStream.Host.Files;

/// <summary>
/// Parquet files, with one batch of rows in memory at a time, read by Apache's own C++ library: whatever Arrow, DuckDB, polars and Spark write.
/// Nested and binary columns are passed over, but lists of numbers that are asked for.
/// </summary>
internal static class ParquetRows
{
    /// <summary>A column of the file's rows.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Leaf">Its place among the columns that hold values; -1 where it is not read.</param>
    /// <param name="Type">The type that it is read as.</param>
    private sealed record Place(string Name, int Leaf, ColumnType Type);

    public static DataFile Open(string path, WantedColumns wanted)
    {
        (List<Place> all, long rows) = Guarded(path, null, () =>
        {
            using var reader = new ParquetFileReader(path);
            return (Places(reader.FileMetaData.Schema, wanted.Lists), reader.FileMetaData.NumRows);
        });
        string? twice = all.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null) throw new DataFileException(path, "two columns have this name; rename one", column: twice);
        Place[] read = [.. all.Where(p => wanted.Wants(p.Name))];
        var schema = new Schema([.. read.Select(p => new Field(p.Name, p.Type))]);
        return new DataFile(path, schema, Batches(path, schema, read))
        {
            Rows = rows,
            PassedOver = [.. all.Where(p => !wanted.Wants(p.Name)).Select(p => p.Name)],
        };
    }

    private static List<Place> Places(SchemaDescriptor schema, ImmutableHashSet<string> lists)
    {
        var places = new List<Place>();
        int leaf = 0;
        foreach (Node node in schema.GroupNode.Fields)
        {
            int leaves = Leaves(node);
            bool single = node is PrimitiveNode && node.Repetition != Repetition.Repeated;
            ColumnType type = single ? ParquetTypes.Of(schema.Column(leaf))
                : lists.Contains(node.Name) ? ParquetLists.TypeOf(node, leaves, schema.Column(leaf))
                : ParquetTypes.Unreadable;
            places.Add(new Place(node.Name, type is { Kind: ColumnKind.Unreadable, Items: null } ? -1 : leaf, type));
            leaf += leaves;
        }

        return places;
    }

    private static int Leaves(Node node) => node is GroupNode group ? group.Fields.Sum(Leaves) : 1;

    private static IEnumerable<Batch> Batches(string path, Schema schema, Place[] places)
    {
        TextDictionary[] texts = [.. places.Select(_ => new TextDictionary())];
        int most = Array.Exists(places, p => p.Type.Items is not null) ? ParquetLists.BatchRows : DataFile.BatchRows;
        using ParquetFileReader reader = Guarded(path, null, () => new ParquetFileReader(path));
        for (int g = 0; g < reader.FileMetaData.NumRowGroups; g++)
        {
            using RowGroupReader group = Guarded(path, null, () => reader.RowGroup(g));
            long rows = group.MetaData.NumRows;
            if (rows == 0) continue;
            ParquetColumn?[] columns = [.. places.Select((p, i) => Column(p, texts[i]))];
            try
            {
                for (long start = 0; start < rows; start += most)
                {
                    int count = (int)Math.Min(most, rows - start);
                    var batch = new Batch(schema) { Rows = count };
                    for (int i = 0; i < columns.Length; i++)
                    {
                        batch.Columns[i] = columns[i] is { } column
                            ? Guarded(path, places[i].Name, () => column.Next(count))
                            : new DriftStream.Batches.Column { Type = places[i].Type, Rows = count };
                    }

                    yield return batch;
                }
            }
            finally
            {
                foreach (ParquetColumn? column in columns) column?.Dispose();
            }

            ParquetColumn? Column(Place place, TextDictionary text) =>
                place.Leaf < 0 ? null : Guarded(path, place.Name, () => new ParquetColumn(group.Column(place.Leaf), place.Type, text));
        }
    }

    // The library reports broken files by exceptions of many types, most of them from C++.
    private static T Guarded<T>(string path, string? column, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or DataFileException))
        {
            string remedy = column is null ? "write it again" : "write it again, or leave the column out (--except, features: { except: [..] })";
            string problem = $"the Parquet file is damaged, or holds what no reader knows ({Line(e.Message)}); {remedy}";
            throw new DataFileException(path, problem, column: column, inner: e);
        }
    }

    private static string Line(string text) => text.ReplaceLineEndings(" ").Trim();
}
