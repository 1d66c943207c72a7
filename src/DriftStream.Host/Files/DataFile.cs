using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Rows in a Parquet, Arrow (stream or file), JSON or CSV file, as batches of at most <see cref="BatchRows"/> rows.</summary>
public sealed class DataFile
{
    /// <summary>Rows of a batch at most.</summary>
    public const int BatchRows = 1 << 16;

    private static readonly byte[] Continuation = [0xFF, 0xFF, 0xFF, 0xFF];

    internal DataFile(string path, Schema schema, IEnumerable<Batch> batches, ImmutableArray<string> guessed = default, string rule = "")
    {
        Path = path;
        Schema = schema;
        Batches = batches;
        Guessed = guessed.IsDefault ? [] : guessed;
        Rule = rule;
    }

    public string Path { get; }

    public Schema Schema { get; }

    /// <summary>
    /// The rows in the file's order. Every enumeration reads the file again and gives the same; batches stay valid after it.
    /// Text is <c>dictionary&lt;int32, utf8&gt;</c> unless the file says otherwise.
    /// </summary>
    /// <exception cref="DataFileException">While enumerated: a row cannot be read.</exception>
    public IEnumerable<Batch> Batches { get; }

    /// <summary>The columns whose types were not stated by file or caller but found by <see cref="Rule"/>.</summary>
    public ImmutableArray<string> Guessed { get; }

    /// <summary>The rows were written as JSON.</summary>
    public bool IsJson { get; internal init; }

    /// <summary>How types were found, for people; empty where they were stated.</summary>
    public string Rule { get; }

    /// <summary>Opens a file by what its first bytes say it is; its name does not matter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="types">Types of CSV columns: Int64, Float64, Timestamp or Dictionary; the others are found by rule.</param>
    /// <exception cref="DataFileException">It is missing, or none of these formats, or its start cannot be read.</exception>
    public static DataFile Open(string path, IReadOnlyDictionary<string, ColumnKind>? types = null)
    {
        byte[] start = Start(path);
        if (start.AsSpan().StartsWith("PAR1"u8)) return ParquetRows.Open(path);
        if (start.AsSpan().StartsWith("ARROW1"u8) || start.AsSpan().StartsWith(Continuation)) return ArrowRows.Open(path);
        if (start.Length == 0) throw new DataFileException(path, "the file is empty; a CSV file needs a header at least");
        if (start.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]) return JsonRows.Open(path);
        if (start.Contains((byte)0) && ArrowRows.MayBeOld(start, new FileInfo(path).Length)) return ArrowRows.Open(path);
        if (start.Contains((byte)0)) throw new DataFileException(path, "the file is no Parquet, Arrow, JSON or CSV; convert it to one of them");
        return CsvRows.Open(path, types ?? ImmutableDictionary<string, ColumnKind>.Empty);
    }

    private static byte[] Start(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            byte[] start = new byte[4096];
            return start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = Directory.Exists(path) ? "this is a folder; name a file in it" : $"the file cannot be opened ({e.Message})";
            throw new DataFileException(path, problem, inner: e);
        }
    }
}
