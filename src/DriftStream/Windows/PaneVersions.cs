using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Names a pane of a model, with all its versions.</summary>
internal readonly record struct PaneKey(string Model, EventTime Start, Duration Size)
{
    public static PaneKey Of(EntryKey key) => new(key.Model, key.Start, key.Size);
}

/// <summary>
/// Which versions of an open pane have counts of their own. Each source partition keeps those whose rows come first in its log, as many as
/// the plan allows. When the pane is sealed, the ones that rank first among all of these stay: by their place in a partition, then by topic and
/// partition, since the logs of two partitions have no common order. All others are added to the rest, in which versions can no longer be
/// told apart.
/// </summary>
internal sealed class PaneVersions
{
    private readonly SortedDictionary<SourcePartition, PartitionVersions> _partitions = [];
    private Dictionary<string, int>? _ranks;
    private long _epoch = long.MinValue;

    /// <summary>How many versions have counts of their own, by the newest plan that counted rows of the pane.</summary>
    public int Most { get; private set; }

    /// <summary>Adds what one segment holds of the pane; the segments of a partition must come in the order of its log.</summary>
    /// <param name="source">The segment's partition.</param>
    /// <param name="epoch">The epoch of the plan that counted it.</param>
    /// <param name="most">How many versions have counts of their own by that plan.</param>
    /// <param name="entries">All entries of named versions, and of the rest.</param>
    public void Fold(SourcePartition source, long epoch, int most, IEnumerable<Entry> entries)
    {
        if (epoch >= _epoch) (_epoch, Most) = (epoch, most);
        if (!_partitions.TryGetValue(source, out PartitionVersions? partition)) _partitions.Add(source, partition = new PartitionVersions());
        partition.Fold(most, entries);
        _ranks = null;
    }

    /// <summary>Whether this partition keeps counts of the version's own.</summary>
    public bool Keeps(SourcePartition source, string version) => _partitions[source].Keeps(version);

    /// <summary>The version's place, from 0, among those that some partition keeps.</summary>
    public int RankOf(string version) => (_ranks ??= Ranks())[version];

    /// <summary>Whether some of its rows may be in the rest of a partition.</summary>
    public bool IsTorn(string version) => _partitions.Values.Any(p => p.IsTorn(version));

    private Dictionary<string, int> Ranks()
    {
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int place = 0; _partitions.Values.Any(p => place < p.Kept.Count); place++)
        {
            foreach (PartitionVersions partition in _partitions.Values.Where(p => place < p.Kept.Count)) ranks.TryAdd(partition.Kept[place], ranks.Count);
        }

        return ranks;
    }

    private sealed class PartitionVersions
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private readonly HashSet<string> _torn = new(StringComparer.Ordinal);
        private bool _hasRest;

        /// <summary>In the order of the partition's log.</summary>
        public List<string> Kept { get; } = [];

        public bool Keeps(string version) => _names.Contains(version);

        public bool IsTorn(string version) => _hasRest && (!_names.Contains(version) || _torn.Contains(version));

        public void Fold(int most, IEnumerable<Entry> entries)
        {
            var here = new HashSet<string>(StringComparer.Ordinal);
            bool rest = false;
            foreach (Entry entry in entries.OrderBy(e => e.Seen).ThenBy(e => e.Key.Version, StringComparer.Ordinal))
            {
                string version = entry.Key.Version;
                rest |= entry.Key.Rest;
                if (entry.Key.Rest || !here.Add(version) || _names.Contains(version)) continue;
                if (Kept.Count >= most)
                {
                    _hasRest = true;
                    continue;
                }

                _names.Add(version);
                Kept.Add(version);
                // A newer plan keeps more versions: earlier rows of this one may be in the rest.
                if (_hasRest) _torn.Add(version);
            }

            if (!rest) return;
            _hasRest = true;
            _torn.UnionWith(_names.Where(n => !here.Contains(n)));
        }
    }
}
