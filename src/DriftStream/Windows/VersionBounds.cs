using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>The bound on versions: which have counts of their own, and which are counted together as the rest.</summary>
internal sealed class VersionBounds(LedgerPlans plans)
{
    private readonly Dictionary<PaneKey, PaneVersions> _versions = [];

    /// <summary>Entries of one segment, each with the key that its counts are added to.</summary>
    public IEnumerable<(EntryKey Into, HeldEntry Held)> Rank(SourcePartition source, Variant variant, List<HeldEntry> entries)
    {
        foreach (IGrouping<PaneKey, Entry> pane in entries.Select(e => e.Entry).Where(e => HasRank(e.Key) || e.Key.Rest).GroupBy(e => PaneKey.Of(e.Key)))
        {
            if (!_versions.TryGetValue(pane.Key, out PaneVersions? versions)) _versions.Add(pane.Key, versions = new PaneVersions());
            versions.Fold(source, variant.Epoch, plans.At(variant.Epoch).Versions, pane);
        }

        foreach (HeldEntry held in entries)
        {
            EntryKey key = held.Entry.Key;
            bool own = !HasRank(key) || _versions[PaneKey.Of(key)].Keeps(source, key.Version);
            yield return (own ? key : RestOf(key), held);
        }
    }

    /// <summary>For panes that are being sealed: versions that rank first keep their counts, those of the others go to the rest.</summary>
    /// <param name="due">The panes.</param>
    /// <param name="sum">The one of them under a key; new where there is none.</param>
    public void Bound(SortedDictionary<EntryKey, PaneSum> due, Func<EntryKey, PaneSum> sum)
    {
        EntryKey[] keys = [.. due.Keys];
        foreach (EntryKey key in keys.Where(HasRank))
        {
            PaneVersions versions = _versions[PaneKey.Of(key)];
            int rank = versions.RankOf(key.Version);
            if (rank < versions.Most)
            {
                (due[key].Seen, due[key].Torn) = (rank, versions.IsTorn(key.Version));
                continue;
            }

            sum(RestOf(key)).Add(due[key]);
            due.Remove(key);
        }

        foreach (EntryKey key in keys.Where(k => !k.Unowned)) Forget(key);
    }

    /// <summary>
    /// Does the same for the panes of a window: versions of its first panes come before those of later ones. Where a pane has a rest, a version
    /// without counts of its own in it may be in that rest.
    /// </summary>
    public void Bound(SortedDictionary<WindowKey, WindowSum> sums)
    {
        int most = plans.Settings.Versions;
        foreach (IGrouping<(EventTime End, int Window), KeyValuePair<WindowKey, WindowSum>> window in sums.GroupBy(s => (s.Key.End, s.Key.Window)).ToArray())
        {
            KeyValuePair<WindowKey, WindowSum>[] named =
            [
                .. window.Where(s => !s.Key.Rest && s.Key.Version.Length > 0)
                    .OrderBy(s => s.Value.First).ThenBy(s => s.Key.Version, StringComparer.Ordinal),
            ];
            var key = new WindowKey(window.Key.End, window.Key.Window, true, "");
            if (sums.TryGetValue(key, out WindowSum? rest))
            {
                foreach ((_, WindowSum version) in named) version.Torn |= !rest.Starts.IsSubsetOf(version.Starts);
            }

            if (named.Length <= most) continue;
            if (rest is null) sums.Add(key, rest = new WindowSum());
            foreach ((WindowKey over, WindowSum version) in named.Skip(most))
            {
                rest.Add(version);
                sums.Remove(over);
            }
        }
    }

    /// <summary>Forgets the ranks in the pane of an entry, which is no longer open.</summary>
    public void Forget(EntryKey key) => _versions.Remove(PaneKey.Of(key));

    // Rows without a version are always kept apart: there is no name that someone could make up.
    private static bool HasRank(EntryKey key) => !key.Unowned && !key.Rest && key.Version.Length > 0;

    private static EntryKey RestOf(EntryKey key) => key with { Version = "", Rest = true };
}
