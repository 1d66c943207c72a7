using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;
using Sylvan.Data.Csv;
using Field = DriftStream.Batches.Field;

namespace DriftStream.Host.Files;

/// <summary>
/// CSV files in UTF-8 with a header, gzip or not. The delimiter is the one the header uses. Types that the caller does not state are
/// found by one pass over the whole file, so that a late value never changes a column's type.
/// </summary>
internal static class CsvRows
{
    private const int LargestRow = 1 << 24;

    /// <summary>A column that is read: its place in the file, its name, and what it is.</summary>
    private sealed record Place(int Index, string Name, ColumnKind Kind, ImmutableArray<string> Categories);

    public static DataFile Open(string path, WantedColumns wanted)
    {
        ImmutableArray<string> names = Rows(path).Select(row => Names(path, row)).First();
        int[] unstated = [.. Enumerable.Range(0, names.Length).Where(i => wanted.Wants(names[i]) && wanted.Find(names[i])?.Kind is null)];
        Dictionary<int, CsvTypes> seen = See(path, unstated, names);
        Place[] places = [.. from i in Enumerable.Range(0, names.Length)
                             where wanted.Wants(names[i])
                             let stated = wanted.Find(names[i])
                             let kind = seen.TryGetValue(i, out CsvTypes? types) ? types.Kind : KindOf(stated!)
                             select new Place(i, names[i], kind, stated?.Categories ?? [])];
        var schema = new Schema([.. places.Select(p => new Field(p.Name, CsvTypes.TypeOf(p.Kind)))]);
        return new DataFile(path, schema, Batches(path, schema, places))
        {
            Guessed = [.. unstated.Select(i => names[i])],
            Rule = CsvTypes.Rule,
            Notes = [.. unstated.Select(i => seen[i].Note(names[i])).OfType<string>()],
            PassedOver = [.. names.Where(n => !wanted.Wants(n))],
        };
    }

    private static ColumnKind KindOf(WantedColumn column) => column.Kind switch
    {
        JsonKind.Number => ColumnKind.Float64,
        JsonKind.Time => column.Integers is null ? ColumnKind.Timestamp : ColumnKind.Int64,
        _ => ColumnKind.Dictionary,
    };

    private static Dictionary<int, CsvTypes> See(string path, int[] columns, ImmutableArray<string> names)
    {
        var seen = columns.ToDictionary(i => i, _ => new CsvTypes());
        if (columns.Length == 0) return seen;
        foreach (CsvDataReader row in Rows(path).Skip(1))
        {
            if (row.RowFieldCount != row.FieldCount) continue;
            foreach ((int i, CsvTypes types) in seen) types.See(row.GetFieldSpan(i), row.RowNumber);
        }

        foreach ((int i, CsvTypes types) in seen)
        {
            if (types.Comma is not var (row, text)) continue;
            string problem = $"'{text}' may be a number with a decimal comma, or with grouped thousands; write numbers with a decimal point and "
                + "without commas, or say what the column is: categorical, or no feature (--except)";
            throw new DataFileException(path, problem, row, names[i]);
        }

        return seen;
    }

    private static IEnumerable<Batch> Batches(string path, Schema schema, Place[] places)
    {
        CsvColumn[] columns = [.. places.Select(p => new CsvColumn(p.Name, p.Kind, p.Categories))];
        int rows = 0;
        foreach (CsvDataReader row in Rows(path).Skip(1))
        {
            bool whole = row.RowFieldCount == row.FieldCount;
            string problem = $"it has {row.RowFieldCount} fields, the header {row.FieldCount}; quote values that hold the delimiter";
            for (int i = 0; i < columns.Length; i++)
            {
                if (whole) columns[i].Add(row.GetFieldSpan(places[i].Index), row.RowNumber);
                else columns[i].Skip(row.RowNumber, problem);
            }

            if (++rows < DataFile.BatchRows) continue;
            yield return Take();
        }

        if (rows > 0) yield return Take();

        Batch Take()
        {
            var batch = new Batch(schema) { Rows = rows };
            for (int i = 0; i < columns.Length; i++)
            {
                batch.Columns[i] = columns[i].Take();
                batch.HasRefusals |= batch.Columns[i].Refusal is not null;
            }

            rows = 0;
            return batch;
        }
    }

    // Gives the reader once before its first row (for the header), then at each row.
    private static IEnumerable<CsvDataReader> Rows(string path)
    {
        using CsvDataReader reader = Read(path, () => CsvDataReader.Create(
            new StreamReader(FileBytes.Open(path), new UTF8Encoding(false, throwOnInvalidBytes: true)),
            new CsvDataReaderOptions { MaxBufferSize = LargestRow, BufferSize = 1 << 16, OwnsReader = true }));
        yield return reader;
        while (Read(path, reader.Read))
        {
            bool blank = reader.RowFieldCount == 1 && reader.FieldCount > 1 && reader.GetFieldSpan(0).IsEmpty;
            if (!blank) yield return reader;
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
        catch (Exception e) when (e is FormatException or IOException or InvalidDataException or UnauthorizedAccessException or CsvMissingHeadersException)
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
}
