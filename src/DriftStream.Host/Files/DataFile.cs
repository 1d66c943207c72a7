using System.Collections.Immutable;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Rows in a Parquet, Arrow (stream or file), JSON or CSV file, as batches of at most <see cref="BatchRows"/> rows.</summary>
public sealed class DataFile
{
    /// <summary>The most rows of a batch.</summary>
    public const int BatchRows = 1 << 16;

    private static readonly byte[] Continuation = [0xFF, 0xFF, 0xFF, 0xFF];

    internal DataFile(string path, Schema schema, IEnumerable<Batch> batches)
    {
        Path = path;
        Schema = schema;
        Batches = Refused.LeaveOut(batches);
    }

    public string Path { get; }

    /// <summary>The columns that are read.</summary>
    public Schema Schema { get; }

    /// <summary>
    /// The rows in the file's order, without the <see cref="Refused"/> ones. Every enumeration reads the file again and gives the
    /// same rows; batches stay valid after it. Text is <c>dictionary&lt;int32, utf8&gt;</c> unless the file says otherwise.
    /// </summary>
    /// <exception cref="DataFileException">During the enumeration: the rest of the file cannot be read.</exception>
    public IEnumerable<Batch> Batches { get; }

    /// <summary>Rows with a cell that is not what its column is; complete once <see cref="Batches"/> has been enumerated.</summary>
    public RefusedRows Refused { get; } = new();

    /// <summary>How many rows the file says that it holds; null where that is not known without reading it.</summary>
    public long? Rows { get; internal init; }

    /// <summary>Columns of the file that nobody wanted.</summary>
    public ImmutableArray<string> PassedOver { get; internal init; } = [];

    /// <summary>Columns that are not read because no row has a value for them; only in JSON.</summary>
    public ImmutableArray<string> AllNull { get; internal init; } = [];

    /// <summary>Columns whose types neither the file nor the caller stated, but <see cref="Rule"/> found.</summary>
    public ImmutableArray<string> Guessed { get; internal init; } = [];

    /// <summary>How types were found, for people; empty where they were stated.</summary>
    public string Rule { get; internal init; } = "";

    /// <summary>What somebody should know about guessed types, one sentence each.</summary>
    public ImmutableArray<string> Notes { get; internal init; } = [];

    /// <summary>The rows were written as JSON.</summary>
    public bool IsJson { get; internal init; }

    /// <summary>Says how many rows were refused in the last enumeration, and where the first is; nothing where none was.</summary>
    internal void TellRefused(TextWriter errors)
    {
        if (Refused.Rows == 0) return;
        errors.WriteLine(FormattableString.Invariant($"{Path}: {Refused.Rows:N0} of {Refused.Of:N0} rows were refused; the first: {Refused.First}"));
    }

    /// <summary>All columns of a file, their types found by its values where the format leaves them open.</summary>
    /// <exception cref="DataFileException">It is missing, or none of these formats, or its start cannot be read.</exception>
    public static DataFile Open(string path) => Open(path, WantedColumns.All);

    /// <summary>Opens a file by what its first bytes say it is; its name does not matter.</summary>
    /// <param name="path">The file; JSON and CSV may be gzip.</param>
    /// <param name="wanted">What is read of it, and as what.</param>
    /// <exception cref="DataFileException">It is missing, or none of these formats, or its start cannot be read.</exception>
    internal static DataFile Open(string path, WantedColumns wanted)
    {
        byte[] start = FileBytes.Start(path, 4096);
        ReadOnlySpan<byte> text = start.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? start.AsSpan(Encoding.UTF8.Preamble.Length) : start;
        if (start.AsSpan().StartsWith("PAR1"u8)) return ParquetRows.Open(path, wanted); // which has a compression of its own
        if (start.AsSpan().StartsWith("ARROW1"u8) || start.AsSpan().StartsWith(Continuation)) return ArrowRows.Open(path, wanted.Lists);
        if (start.Length == 0) throw new DataFileException(path, "the file is empty; a CSV file needs a header at least");
        if (text.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]) return JsonRows.Open(path, wanted);
        if (start is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) throw new DataFileException(path, "the file is UTF-16; convert it (iconv -f UTF-16 -t UTF-8)");
        if (start is [0x28, 0xB5, 0x2F, 0xFD, ..] or [(byte)'P', (byte)'K', 3, 4, ..])
            throw new DataFileException(path, "the file is compressed by other than gzip; decompress it (unzstd, unzip)");
        if (start.Contains((byte)0) && ArrowRows.MayBeOld(start, new FileInfo(path).Length)) return ArrowRows.Open(path, wanted.Lists);
        if (start.Contains((byte)0)) throw new DataFileException(path, "the file is no Parquet, Arrow, JSON or CSV; convert it to one of them");
        return CsvRows.Open(path, wanted);
    }
}
