using System.Buffers.Binary;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>
/// Arrow streams and Arrow files (Feather version 2), whole in memory: a file is a stream with a mark before it and an index behind
/// it, so the reader of messages reads both, with the same checks.
/// </summary>
internal static class ArrowRows
{
    private const int FileStart = 8, FileEnd = 10; // "ARROW1" and padding; length of the footer and "ARROW1"

    private static readonly InputLimits Unlimited = new(int.MaxValue, 1 << 16, int.MaxValue, Array.MaxLength);

    /// <param name="path">The file.</param>
    /// <param name="lists">Columns of which lists of numbers are read.</param>
    public static DataFile Open(string path, IReadOnlySet<string> lists)
    {
        ReadOnlyMemory<byte> stream = Stream(path);
        using var reader = new ArrowMessageReader(Unlimited, lists: lists);
        if (reader.Read(stream) is { } reject)
        {
            string problem = reject.Reason is RejectReason.NotArrow or RejectReason.SchemaRegistryFramed
                ? "the file is no Parquet, Arrow, JSON or CSV; convert it to one of them"
                : $"the Arrow data cannot be read: {reject.Detail} ({reject.Reason}); write it again as a stream or as Parquet";
            throw new DataFileException(path, problem);
        }

        return new DataFile(path, reader.Schema!, reader.Batches.ToArray().SelectMany(batch => batch.Parts(DataFile.BatchRows)));
    }

    /// <summary>Streams written before 2019 have no mark: they start with the length of their schema, in whole words.</summary>
    public static bool MayBeOld(ReadOnlySpan<byte> start, long fileLength) =>
        BinaryPrimitives.TryReadInt32LittleEndian(start, out int schema) && schema > 0 && schema % 4 == 0 && schema < fileLength;

    private static ReadOnlyMemory<byte> Stream(string path)
    {
        byte[] bytes = FileBytes.All(path);
        if (!bytes.AsSpan().StartsWith("ARROW1"u8)) return bytes;
        int footer = bytes.Length < FileStart + FileEnd || !bytes.AsSpan().EndsWith("ARROW1"u8)
            ? -1
            : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - FileEnd));
        if (footer < 0 || footer > bytes.Length - FileStart - FileEnd)
            throw new DataFileException(path, "the Arrow file is cut off: its end is not that of an Arrow file; write it again");
        return bytes.AsMemory(FileStart..^(FileEnd + footer));
    }
}
