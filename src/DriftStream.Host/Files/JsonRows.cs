using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>
/// JSON files, whole in memory: an object, an array of objects, or any number of them one after the other (JSON Lines). A stated column is
/// read as a stream reads it. In all others every single value is a column, named by its path; one whose values in the whole file
/// are all numbers is a number, any other is text.
/// </summary>
internal static class JsonRows
{
    /// <summary>The rule in words, for people, where types were found and not stated.</summary>
    public const string Rule = "each a number where all values in the whole file are numbers, else text";

    private const int MostColumns = 4096;

    private static readonly InputLimits Unlimited = new(int.MaxValue, MostColumns, int.MaxValue, Array.MaxLength);

    public static DataFile Open(string path, WantedColumns wanted)
    {
        ReadOnlyMemory<byte> bytes = FileBytes.All(path);
        return Read(path, bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes, wanted);
    }

    /// <summary>Reads bytes that are in memory.</summary>
    public static DataFile Read(string path, ReadOnlyMemory<byte> bytes, WantedColumns wanted)
    {
        Read(path, new JsonMessageReader(Unlimited, [], lines: true), bytes);
        JsonShape shape = JsonShape.Of(bytes, MostColumns, lines: true);
        if (shape.IsCut && wanted.Others != OtherColumns.None)
            throw new DataFileException(path, $"the rows have more than {MostColumns} values each; leave out what is no column, or name the features");
        Dictionary<string, JsonColumn> found = shape.Columns.ToDictionary(c => c.Path.Text, StringComparer.Ordinal);
        ImmutableArray<JsonColumn> stated = [.. wanted.Stated.Select(w => Column(w, found)).OfType<JsonColumn>()];
        HashSet<string> taken = [.. stated.Select(c => c.Path.Text)];
        JsonColumn[] others = [.. shape.Columns.Where(c => !taken.Contains(c.Path.Text) && IsWanted(c, wanted)).Select(c => Named(c, wanted))];

        var reader = new JsonMessageReader(Unlimited, [.. stated, .. others], lines: true);
        Read(path, reader, bytes);
        // A column without any value is not there: whoever needs it says so, or counts it as missing.
        Batch rows = WithValues(reader.Batches[0]);
        string[] guessed = [.. wanted.Stated.Where(w => w.Kind is null).Select(w => w.Name), .. others.Select(c => c.Name)];
        return new DataFile(path, rows.Schema, rows.Parts(DataFile.BatchRows))
        {
            Guessed = [.. rows.Schema.Fields.Select(f => f.Name).Where(guessed.Contains)],
            Rule = Rule,
            AllNull = [.. stated.Concat(others).Where(c => found.ContainsKey(c.Path.Text) && rows.Schema.IndexOf(c.Name) < 0).Select(c => c.Name)],
            PassedOver = [.. shape.Columns.Where(c => !taken.Contains(c.Path.Text) && !IsWanted(c, wanted)).Select(c => c.Name)],
            IsJson = true,
        };
    }

    private static JsonColumn? Column(WantedColumn wanted, Dictionary<string, JsonColumn> found)
    {
        JsonKind? kind = wanted.Kind ?? found.GetValueOrDefault(wanted.Path.Text)?.Kind;
        return kind is { } known ? new JsonColumn(wanted.Name, known, wanted.Path, wanted.Integers) : null;
    }

    private static bool IsWanted(JsonColumn column, WantedColumns wanted) => wanted.Others switch
    {
        OtherColumns.None => column.Path.Steps.Length == 1 && wanted.IsPrefixed(column.Path.Steps[0].Name!),
        OtherColumns.Fields => column.Path.Steps.Length == 1 && !wanted.Except.Contains(column.Path.Steps[0].Name!),
        _ => !wanted.Except.Contains(column.Name),
    };

    // A field of the row itself has its plain name where columns are found as a stream finds them.
    private static JsonColumn Named(JsonColumn column, WantedColumns wanted) =>
        wanted.Others != OtherColumns.Values ? column with { Name = column.Path.Steps[0].Name! } : column;

    private static Batch WithValues(Batch batch)
    {
        int[] kept = [.. Enumerable.Range(0, batch.Columns.Length).Where(i => batch.Columns[i].Nulls < batch.Rows || batch.Columns[i].Refusal is not null)];
        var rows = new Batch(new Schema([.. kept.Select(i => batch.Schema.Fields[i])])) { Rows = batch.Rows, HasRefusals = batch.HasRefusals };
        for (int i = 0; i < kept.Length; i++) rows.Columns[i] = batch.Columns[kept[i]];
        return rows;
    }

    private static void Read(string path, JsonMessageReader reader, ReadOnlyMemory<byte> bytes)
    {
        if (reader.Read(bytes) is { } reject) throw new DataFileException(path, $"the JSON cannot be read: {reject.Detail}; correct the file");
    }
}
