namespace DriftStream.Batches;

/// <summary>
/// The plans of the schemas used last, most recent first. A schema is recognised by all of its bytes: a hash could be
/// made to collide, and with one schema a topic the comparison is one pass, which a hash would need as well.
/// </summary>
internal sealed class SchemaCache
{
    private const int Capacity = 64;
    private const long Weight = 64 << 20;

    private readonly List<SchemaPlan> _plans = new(Capacity + 1);

    public SchemaPlan? Find(ReadOnlySpan<byte> metadata)
    {
        for (int i = 0; i < _plans.Count; i++)
        {
            SchemaPlan plan = _plans[i];
            if (!metadata.SequenceEqual(plan.Metadata)) continue;
            if (i > 0)
            {
                _plans.RemoveAt(i);
                _plans.Insert(0, plan);
            }

            return plan;
        }

        return null;
    }

    public void Add(SchemaPlan plan) => _plans.Insert(0, plan);

    /// <summary>Forgets the plans that were used longest ago until the rest is within bounds; never the one in use.</summary>
    public void Trim()
    {
        long weight = 0;
        int keep = 0;
        for (; keep < _plans.Count && keep < Capacity; keep++)
        {
            weight += _plans[keep].Weight;
            if (keep > 0 && weight > Weight) break;
        }

        if (keep < _plans.Count) _plans.RemoveRange(keep, _plans.Count - keep);
    }
}
