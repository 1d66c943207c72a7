using System.Collections.Immutable;
using DriftStream.Host.Plans;
using DriftStream.Time;

namespace DriftStream.Host.Owners;

/// <summary>How long one owner answered for a model.</summary>
/// <param name="Epoch">The plan that gave it to the owner.</param>
/// <param name="Since">When that plan was published, by the clock of whoever did.</param>
/// <param name="By">Who published it.</param>
/// <param name="Until">When a later plan took it away; null where the newest plan has it.</param>
/// <param name="UntilEpoch">That plan.</param>
internal sealed record OwnerSpan(string Model, string Owner, long Epoch, EventTime Since, string By, EventTime? Until = null, long? UntilEpoch = null);

/// <summary>Ownership over time, from the plans that ran.</summary>
internal static class OwnerHistory
{
    /// <summary>Spans by model, the oldest first. A plan that this version cannot read changes nothing.</summary>
    public static ImmutableArray<OwnerSpan> Of(IEnumerable<(long Epoch, PlanRecord Record)> plans)
    {
        var open = new Dictionary<string, OwnerSpan>(StringComparer.Ordinal);
        var spans = new List<OwnerSpan>();
        foreach ((long epoch, PlanRecord record) in plans)
        {
            if (record.Document is not { } document) continue;
            Dictionary<string, string> owners = document.Models.ToDictionary(m => m.Id, m => m.Owner, StringComparer.Ordinal);
            foreach (OwnerSpan span in open.Values.Where(s => owners.GetValueOrDefault(s.Model) != s.Owner).ToArray())
            {
                spans.Add(span with { Until = record.At, UntilEpoch = epoch });
                open.Remove(span.Model);
            }

            foreach ((string model, string owner) in owners.Where(o => !open.ContainsKey(o.Key)))
                open.Add(model, new OwnerSpan(model, owner, epoch, record.At, record.By));
        }

        return [.. spans.Concat(open.Values).OrderBy(s => s.Model, StringComparer.Ordinal).ThenBy(s => s.Epoch)];
    }
}
