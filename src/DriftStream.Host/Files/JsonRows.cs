using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>
/// JSON files, whole in memory: an object, an array of objects, or any number of them one after the other (JSON Lines). Every single value
/// is a column, named by its path; one whose values in the whole file are all numbers is a number, any other is text.
/// </summary>
internal static class JsonRows
{
    /// <summary>For people, where types were found and not stated.</summary>
    public const string Rule = "a JSON value is a number where all its values in the whole file are numbers, else text";

    private const int MostColumns = 4096;

    private static readonly InputLimits Unlimited = new(int.MaxValue, MostColumns, int.MaxValue, Array.MaxLength);

    public static DataFile Open(string path) => Read(path, Bytes(path));

    /// <summary>The same of bytes that are in memory.</summary>
    /// <param name="strict">A value of a wrong type is an error; else it is read as a null.</param>
    public static DataFile Read(string path, byte[] bytes, bool strict = true)
    {
        Read(path, new JsonMessageReader(Unlimited, [], lines: true), bytes);
        JsonShape shape = JsonShape.Of(bytes, MostColumns, lines: true);
        if (shape.IsCut) throw new DataFileException(path, $"the rows have more than {MostColumns} values each; leave out what is no column");
        var reader = new JsonMessageReader(Unlimited, shape.Columns, lines: true);
        Read(path, reader, bytes);
        Batch rows = reader.Batches[0];
        if (strict && rows.Columns.FirstOrDefault(c => c.Refusal is not null)?.Refusal is { } refusal)
            throw new DataFileException(path, $"{refusal.Detail}; correct the value, or leave it out");
        return new DataFile(path, reader.Schema, rows.Parts(DataFile.BatchRows), [.. shape.Columns.Select(c => c.Name)], Rule) { IsJson = true };
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw new DataFileException(path, $"the file cannot be read whole ({e.Message}); files of 2 GiB and more are read as Parquet", inner: e);
        }
    }

    private static void Read(string path, JsonMessageReader reader, byte[] bytes)
    {
        if (reader.Read(bytes) is { } reject) throw new DataFileException(path, $"the JSON cannot be read: {reject.Detail}; correct the file");
    }
}
