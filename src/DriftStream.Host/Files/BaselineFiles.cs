using System.Collections.Concurrent;
using DriftStream.Plan;

namespace DriftStream.Host.Files;

/// <summary>
/// Loads the baselines that a config names. A file that several models share is read once a reading of the config, and not again by the next one where it has
/// not changed: same place behind all links, same length, same time. Thread-safe, but for <see cref="Begin"/>.
/// </summary>
internal sealed class BaselineFiles
{
    private ConcurrentDictionary<string, Lazy<Loaded>> _now = new(StringComparer.Ordinal), _before = new(StringComparer.Ordinal);

    private FilePrint _links = new();

    /// <summary>To be called before the config is read. What the reading before did not ask for is forgotten.</summary>
    public void Begin() => (_before, _now, _links) = (_now, new(StringComparer.Ordinal), new FilePrint());

    /// <summary>The baseline, or why there is none.</summary>
    public BaselineLoad Load(BaselineRequest request) => request.Origin == BaselineOrigin.File
        ? _now.GetOrAdd(request.Path, _ => new Lazy<Loaded>(() => Read(request))).Value.Load
        : BaselineSource.Load(request);

    // Looked at before it is read: what changes meanwhile is read again next time.
    private Loaded Read(BaselineRequest request)
    {
        string? print = Print(request.Path);
        return print is not null && _before.TryGetValue(request.Path, out Lazy<Loaded>? known)
            && known.Value.Print == print && known.Value.Load.Baseline is not null
            ? known.Value
            : new Loaded(print, BaselineSource.Load(request));
    }

    private string? Print(string path)
    {
        try
        {
            return _links.Find(path) is { } file ? FilePrint.Of(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Loaded(string? Print, BaselineLoad Load);
}
