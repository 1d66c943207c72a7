using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;
using Sylvan.Data.Csv;
using Field = DriftStream.Batches.Field;

namespace DriftStream.Host.Files;

/// <summary>
/// CSV files in UTF-8 with a header. The delimiter is the one the header uses. Types that the caller does not state are found
/// by one pass over the whole file, so that a late value never changes a column's type.
/// </summary>
internal static class CsvRows
{
    private const int LargestRow = 1 << 24;

    public static DataFile Open(string path, IReadOnlyDictionary<string, ColumnKind> types)
    {
        ImmutableArray<string> names = [];
        CsvTypes[] seen = [];
        foreach (CsvDataReader row in Rows(path))
        {
            if (names.IsEmpty)
            {
                names = Names(path, row);
                seen = [.. names.Select(_ => new CsvTypes())];
                continue;
            }

            for (int i = 0; i < seen.Length; i++) seen[i].See(row.GetFieldSpan(i));
        }

        ImmutableArray<ColumnKind> kinds = [.. names.Select((name, i) => types.GetValueOrDefault(name, seen[i].Kind))];
        var schema = new Schema([.. names.Select((name, i) => new Field(name, CsvTypes.TypeOf(kinds[i])))]);
        return new DataFile(path, schema, Batches(path, schema, kinds), [.. names.Where(name => !types.ContainsKey(name))], CsvTypes.Rule);
    }

    private static IEnumerable<Batch> Batches(string path, Schema schema, ImmutableArray<ColumnKind> kinds)
    {
        CsvColumn[] columns = [.. kinds.Select(kind => new CsvColumn(kind))];
        int rows = 0;
        foreach (CsvDataReader row in Rows(path).Skip(1))
        {
            for (int i = 0; i < columns.Length; i++)
            {
                ReadOnlySpan<char> value = row.GetFieldSpan(i);
                if (columns[i].TryAdd(value)) continue;
                string problem = $"'{Shown(value)}' is not {columns[i].Expected}; correct the value, leave it empty, or state another type";
                throw new DataFileException(path, problem, row.RowNumber, schema.Fields[i].Name);
            }

            if (++rows < DataFile.BatchRows) continue;
            yield return Take();
        }

        if (rows > 0) yield return Take();

        Batch Take()
        {
            var builder = new BatchBuilder();
            for (int i = 0; i < columns.Length; i++) builder.Add(schema.Fields[i].Name, columns[i].Take());
            rows = 0;
            return builder.Build(schema);
        }
    }

    // The reader first before its first row (for the header), then at each row.
    private static IEnumerable<CsvDataReader> Rows(string path)
    {
        using CsvDataReader reader = Read(path, () => CsvDataReader.Create(
            new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true)),
            new CsvDataReaderOptions { MaxBufferSize = LargestRow, BufferSize = 1 << 16, OwnsReader = true }));
        yield return reader;
        while (Read(path, reader.Read))
        {
            bool blank = reader.RowFieldCount == 1 && reader.FieldCount > 1 && reader.GetFieldSpan(0).IsEmpty;
            if (blank) continue;
            if (reader.RowFieldCount != reader.FieldCount)
            {
                string problem =
                    $"the row has {reader.RowFieldCount} fields, the header {reader.FieldCount}; quote values that hold the delimiter";
                throw new DataFileException(path, problem, reader.RowNumber);
            }

            yield return reader;
        }
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException e)
        {
            throw new DataFileException(path, "the file is not UTF-8; convert it (iconv -t UTF-8)", inner: e);
        }
        catch (CsvRecordTooLargeException e)
        {
            throw new DataFileException(path, "the row is larger than 16 Mi characters; is a quote left open?", inner: e);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException or CsvMissingHeadersException)
        {
            long row = e is CsvFormatException format ? format.RowNumber : 0;
            throw new DataFileException(path, $"the row cannot be read ({e.Message}); correct the file", row, inner: e);
        }
    }

    private static ImmutableArray<string> Names(string path, CsvDataReader reader)
    {
        ImmutableArray<string> names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        int nameless = names.IndexOf("");
        if (nameless >= 0) throw new DataFileException(path, $"column {nameless + 1} has no name in the header; name it");
        string? twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? names : throw new DataFileException(path, "two columns have this name; rename one", column: twice);
    }

    private static string Shown(ReadOnlySpan<char> value) => value.Length <= 40 ? value.ToString() : $"{value[..40]}...";
}
