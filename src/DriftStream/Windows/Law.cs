using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>
/// The law that holds for every source partition, exactly: rows in = open + counted + late + overtaken + future + rejected + unowned + labels.
/// Headers say how many rows a segment counted; entries, spread over the counts partitions by model, hold them. A difference
/// between the two is unaccounted.
/// </summary>
public static class Law
{
    /// <summary>
    /// Rows lost or counted twice, over those source partitions whose chain has come to the same point in every counts partition.
    /// </summary>
    /// <param name="accounts">Those of every counts partition, each once.</param>
    public static long Unaccounted(IReadOnlyCollection<IEnumerable<SourceAccount>> accounts)
    {
        long unaccounted = 0;
        foreach (IGrouping<SourcePartition, SourceAccount> source in accounts.SelectMany(a => a).GroupBy(a => a.Source))
        {
            List<SourceAccount> views = [.. source];
            // Of joined rows the counts partition of their model alone is told.
            int told = JoinedName.IsSource(source.Key.Topic) ? 1 : accounts.Count;
            if (views.Count != told || views.Exists(v => v.Point != views[0].Point)) continue;
            FateCounts f = views[0].Fates;
            unaccounted += Math.Abs(f.Rows - f.Counted - f.Late - f.Future - f.Rejected - f.Unowned - f.Labels);
            unaccounted += Math.Abs(views[0].FoldedCounted - views.Sum(v => v.FoldedRows));
        }

        return unaccounted;
    }
}
