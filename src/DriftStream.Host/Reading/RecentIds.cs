namespace DriftStream.Host.Reading;

/// <summary>Tells the second copy of a record from the first.</summary>
/// <param name="most">How many ids are remembered: copies lie close together (a restart wrote them again), so the oldest may be forgotten.</param>
internal sealed class RecentIds(int most = 100_000)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldestFirst = new();

    /// <summary>False where the id was seen before.</summary>
    public bool Add(string id)
    {
        if (!_known.Add(id)) return false;
        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > most) _known.Remove(_oldestFirst.Dequeue());
        return true;
    }
}
