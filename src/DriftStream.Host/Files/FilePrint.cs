using System.Collections.Concurrent;

namespace DriftStream.Host.Files;

/// <summary>
/// Tells by place, length and time whether a file is the one that was there before. Remembers the folders that it has seen, so there is one for each look at
/// many files. Thread-safe.
/// </summary>
internal sealed class FilePrint
{
    /// <summary>As many links as Linux follows.</summary>
    private const int MostLinks = 40;

    private readonly ConcurrentDictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>The file behind all links, or null where there is none.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public FileInfo? Find(string file)
    {
        var info = new FileInfo(Resolved(Path.GetFullPath(file), MostLinks));
        return info.Exists ? info : null;
    }

    /// <summary>Where it is, how long, and when it was written.</summary>
    public static string Of(FileInfo info) => $"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}";

    // Folders on the way are resolved too: a ConfigMap changes its link `..data`, which is a folder, but not the links to files in it.
    private string Resolved(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        string here = Path.Combine(Folder(parent, links), Path.GetFileName(path));
        return links > 0 && new FileInfo(here).LinkTarget is { } target
            ? Resolved(Path.GetFullPath(target, Path.GetDirectoryName(here)!), links - 1)
            : here;
    }

    private string Folder(string path, int links)
    {
        if (_folders.TryGetValue(path, out string? known)) return known;
        string resolved = Resolved(path, links);
        // Not from within a chain of links, where fewer are left.
        if (links == MostLinks) _folders.TryAdd(path, resolved);
        return resolved;
    }
}
