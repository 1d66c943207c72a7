using System.IO.Compression;

namespace DriftStream.Host.Files;

/// <summary>The bytes of a file, decompressed where it is gzip.</summary>
internal static class FileBytes
{
    /// <exception cref="DataFileException">It cannot be opened.</exception>
    public static Stream Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = File.OpenRead(path);
            bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            string problem = Directory.Exists(path) ? "this is a folder; name a file in it" : $"the file cannot be opened ({e.Message})";
            throw new DataFileException(path, problem, inner: e);
        }
    }

    /// <summary>At most so many bytes from its start.</summary>
    public static byte[] Start(string path, int length)
    {
        using Stream stream = Open(path);
        byte[] start = new byte[length];
        try
        {
            return start[..stream.ReadAtLeast(start, length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new DataFileException(path, $"the file cannot be read ({e.Message})", inner: e);
        }
    }

    /// <summary>All of them.</summary>
    public static byte[] All(string path)
    {
        try
        {
            using Stream stream = Open(path);
            if (stream is FileStream) return File.ReadAllBytes(path);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OutOfMemoryException)
        {
            throw new DataFileException(path, $"the file cannot be read whole ({e.Message}); files of 2 GiB and more are read as Parquet", inner: e);
        }
    }
}
