using System.Collections.Concurrent;
using System.Security.Cryptography;
using DriftStream.Host.Files;
using DriftStream.Plan;

namespace DriftStream.Host.Plans;

/// <summary>
/// Whether the config, a file that it includes, or a baseline or secret that it names, has changed since it was read. Looks at the files instead of asking the
/// operating system for changes: it does not report those of a Kubernetes ConfigMap or a network drive. Not thread-safe.
/// </summary>
/// <param name="config">The config.</param>
/// <param name="read">Reads it, and passes every file and every pattern of files, the config included, to its argument just before reading it.</param>
internal sealed class ConfigWatch(string config, Func<Action<string>, PlanResult> read)
{
    private IReadOnlyDictionary<string, string> _read = new Dictionary<string, string>();
    private string? _changed;

    /// <summary>Reads the config; from now on the files that it names are watched.</summary>
    public PlanResult Read()
    {
        // Printed before the files are read, several at a time: what changes during the reading counts as changed.
        var prints = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        (_read, _changed) = (prints, null);
        var links = new FilePrint();
        return read(file => prints.GetOrAdd(file, f => Print(f, links)));
    }

    /// <summary>To be asked again and again: true when the files differ from those read, and are the same as when asked before.</summary>
    public bool HasChanged()
    {
        var links = new FilePrint();
        var now = _read.Keys.ToDictionary(f => f, f => Print(f, links), StringComparer.Ordinal);
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

    private string Print(string file, FilePrint links)
    {
        try
        {
            if (FilePattern.IsPattern(file)) return string.Join('|', FilePattern.Matching(file));
            if (links.Find(file) is not { } info) return "absent";
            string print = FilePrint.Of(info);
            return file == config ? $"{print} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(info.FullName)))}" : print;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unreadable";
        }
    }
}
