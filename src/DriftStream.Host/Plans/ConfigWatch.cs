using System.Security.Cryptography;
using DriftStream.Plan;

namespace DriftStream.Host.Plans;

/// <summary>
/// Whether the config, or a baseline or secret that it names, is another one than when it was read. Looks at the files instead of asking the
/// operating system for their changes: those of a Kubernetes ConfigMap and of network drives are not told. Not thread-safe.
/// </summary>
/// <param name="config">The config.</param>
/// <param name="read">Reads it, and gives every file, the config too, to its argument just before that is read.</param>
internal sealed class ConfigWatch(string config, Func<Action<string>, PlanResult> read)
{
    /// <summary>As many as Linux follows.</summary>
    private const int MostLinks = 40;

    private Dictionary<string, string> _read = [];
    private string? _changed;

    /// <summary>Reads the config; what is looked at from now on are the files that it names.</summary>
    public PlanResult Read()
    {
        // Printed before they are read: what changes meanwhile counts as changed.
        var prints = new Dictionary<string, string>(StringComparer.Ordinal);
        (_read, _changed) = (prints, null);
        return read(file => prints.TryAdd(file, Print(file)));
    }

    /// <summary>To be asked again and again: true when the files are others than those read, and the same as at the question before.</summary>
    public bool HasChanged()
    {
        var now = _read.Keys.ToDictionary(f => f, Print, StringComparer.Ordinal);
        if (now.All(p => _read[p.Key] == p.Value))
        {
            _changed = null;
            return false;
        }

        // An editor, or a copy, may be in the middle of writing.
        string before = _changed ?? "";
        _changed = string.Join('\n', now.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value));
        return before == _changed;
    }

    private string Print(string file)
    {
        try
        {
            var info = new FileInfo(Resolved(Path.GetFullPath(file), MostLinks));
            if (!info.Exists) return "absent";
            string print = $"{info.FullName} {info.Length} {info.LastWriteTimeUtc.Ticks}";
            return file == config ? $"{print} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(info.FullName)))}" : print;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unreadable";
        }
    }

    // Folders on the way too: a ConfigMap is changed by turning the link `..data`, which is a folder, and leaving the links to files in it alone.
    private static string Resolved(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        string folder = Resolved(parent, links), here = Path.Combine(folder, Path.GetFileName(path));
        return links > 0 && new FileInfo(here).LinkTarget is { } target ? Resolved(Path.GetFullPath(target, folder), links - 1) : here;
    }
}
