using System.Buffers.Binary;
using System.IO.Compression;

namespace DriftStream.Host.Files;

/// <summary>The bytes of a file, decompressed where it is gzip.</summary>
internal static class FileBytes
{
    /// <summary>All bytes, as a stream; a gzip file is in memory as a whole.</summary>
    /// <exception cref="DataFileException">It cannot be opened.</exception>
    public static Stream Open(string path)
    {
        FileStream file = OpenAsIs(path);
        if (!IsGzip(file)) return file;
        file.Dispose();
        return new MemoryStream(All(path));
    }

    /// <summary>The first bytes, at most <paramref name="length"/>.</summary>
    public static byte[] Start(string path, int length)
    {
        using FileStream file = OpenAsIs(path);
        byte[] start = new byte[length];
        try
        {
            using Stream stream = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return start[..stream.ReadAtLeast(start, length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new DataFileException(path, $"the file cannot be read ({e.Message})", inner: e);
        }
    }

    /// <summary>All bytes.</summary>
    public static byte[] All(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return bytes is [0x1F, 0x8B, ..] ? Unpacked(path, bytes) : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OutOfMemoryException)
        {
            throw new DataFileException(path, $"the file cannot be read whole ({e.Message}); files of 2 GiB and more are read as Parquet", inner: e);
        }
    }

    private static byte[] Unpacked(string path, byte[] packed)
    {
        using var stream = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        // .NET ends a truncated gzip file as if it were whole. The last four bytes of a whole one say how long its content is.
        uint length = packed.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(packed.Length - sizeof(uint)));
        return length == (uint)bytes.Length
            ? bytes.ToArray()
            : throw new DataFileException(path, "the gzip file is cut off, or is several in one; decompress it (gunzip), and look at its end");
    }

    private static bool IsGzip(FileStream file)
    {
        bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return packed;
    }

    private static FileStream OpenAsIs(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = Directory.Exists(path) ? "this is a folder; name a file in it" : $"the file cannot be opened ({e.Message})";
            throw new DataFileException(path, problem, inner: e);
        }
    }
}
