using System.Globalization;
using System.Security.Cryptography;
using DriftStream.Frames;
using DriftStream.Host.Observability;
using DriftStream.Joins;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// The folder of <c>engine.joins</c>: snapshots of what joiners remember, so that a restart need not fold it all again, and their tables where these are not in
/// memory. It holds nothing that is not in the log: what is missing or damaged there costs time. One process has it.
/// </summary>
internal sealed class JoinFolder : IDisposable
{
    private const int Kept = 2, Buffer = 1 << 20;
    private const string Extension = ".snapshot", Unfinished = ".unfinished", Table = ".table";

    private readonly string _path;
    private readonly bool _hasTables;
    private readonly ILogger _logger;
    private readonly FileStream _lock;

    /// <param name="settings">Which folder; it is made where there is none.</param>
    /// <param name="joins">The name of the topic <c>joins</c>: deployments that share a disk have a folder each in it.</param>
    /// <param name="logger">Where to say what is of no use.</param>
    /// <exception cref="IOException">It cannot be made or written to, or another process has it.</exception>
    public JoinFolder(JoinFolderSettings settings, string joins, ILogger logger)
    {
        (_path, _hasTables, _logger) = (Path.Combine(settings.Path, joins), settings.HasTables, logger);
        try
        {
            if (File.Exists(settings.Path)) throw new IOException("it is a file");
            Directory.CreateDirectory(_path);
            _lock = new FileStream(Path.Combine(_path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"engine.joins.folder: {settings.Path}: {e.Message}; each worker needs a folder of its own that it may write to", e);
        }

        // Of whoever was killed.
        foreach (string left in Directory.EnumerateFiles(_path).Where(f => Path.GetExtension(f) is Unfinished or Table)) File.Delete(left);
    }

    /// <summary>Where ids of a partition lie; null for memory.</summary>
    public MappedTable? NewTable(int partition) => _hasTables ? new MappedTable(_path, partition.ToString(CultureInfo.InvariantCulture)) : null;

    /// <summary>A joiner that goes on from the newest snapshot that is of use; null where none is.</summary>
    /// <param name="partition">The partition of <c>joins</c>.</param>
    /// <param name="position">Its newest position record.</param>
    /// <param name="restore">The joiner of a snapshot; null where it is of no use.</param>
    public Joiner? Load(int partition, JoinPosition position, Func<Stream, Joiner?> restore)
    {
        foreach (Snapshot snapshot in Of(partition).Where(s => s.Offset >= position.Low && s.Offset <= position.Next))
        {
            bool restoring = false;
            try
            {
                using FileStream file = File.OpenRead(snapshot.Path);
                if (Text(SHA256.HashData(file)) != snapshot.Hash)
                {
                    _logger.SnapshotUnusable(partition, snapshot.Path, "it is damaged");
                    continue;
                }

                (file.Position, restoring) = (0, true);
                using var buffered = new BufferedStream(file, Buffer);
                if (restore(buffered) is { } joiner) return joiner;
                _logger.SnapshotUnusable(partition, snapshot.Path, "it is of another release");
            }
            // It cannot be read; or its bytes are those that were written, but of plans that are not there, as of a deployment that was made anew. That there
            // is no room for what it remembers is not its fault.
            catch (Exception e) when (e is not OutOfMemoryException && !(restoring && e is IOException))
            {
                _logger.SnapshotUnusable(partition, snapshot.Path, $"{e.GetType().Name}: {e.Message}");
            }
        }

        return null;
    }

    /// <summary>Writes a snapshot and forgets all but the newest two.</summary>
    /// <returns>Its bytes.</returns>
    /// <exception cref="IOException">It cannot be written; those before are still there.</exception>
    public long Save(int partition, Joiner joiner)
    {
        string unfinished = Path.Combine(_path, partition.ToString(CultureInfo.InvariantCulture) + Unfinished);
        (byte[] hash, long bytes) = ([], 0);
        // Whoever has deleted it while the worker runs wants it to be empty, not to be gone.
        Directory.CreateDirectory(_path);
        using (var sha = SHA256.Create())
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            using (var hashing = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true))
            using (var buffered = new BufferedStream(hashing, Buffer))
                joiner.Save(buffered);
            // Only then is it what its name says, whatever happens to the machine.
            file.Flush(flushToDisk: true);
            (hash, bytes) = (sha.Hash!, file.Length);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{partition}-{joiner.Next}-{Text(hash)}{Extension}");
        File.Move(unfinished, Path.Combine(_path, name), overwrite: true);
        foreach (Snapshot old in Of(partition).Skip(Kept)) File.Delete(old.Path);
        return bytes;
    }

    /// <summary>Forgets the snapshots of a partition, since whoever joined it meanwhile had lost records that they remember.</summary>
    public void Discard(int partition)
    {
        foreach (Snapshot snapshot in Of(partition))
        {
            File.Delete(snapshot.Path);
            _logger.SnapshotUnusable(partition, snapshot.Path, "it remembers what was lost to the position record, and is deleted");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string Text(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash[..16]);

    // The newest first.
    private Snapshot[] Of(int partition) => !Directory.Exists(_path) ? [] :
    [
        .. Directory.EnumerateFiles(_path, $"{partition}-*{Extension}").Select(Snapshot.Parse).OfType<Snapshot>().OrderByDescending(s => s.Offset),
    ];

    private sealed record Snapshot(string Path, SourceOffset Offset, string Hash)
    {
        public static Snapshot? Parse(string path) =>
            System.IO.Path.GetFileNameWithoutExtension(path).Split('-') is [_, var offset, var hash]
                && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out long at)
                ? new Snapshot(path, new SourceOffset(at), hash)
                : null;
    }
}
