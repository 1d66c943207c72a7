using System.Collections;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Batches that are enumerated several times: kept after the first time where they are few enough, else read again each time.</summary>
internal sealed class KeptBatches(IEnumerable<Batch> batches) : IEnumerable<Batch>
{
    /// <summary>Values of all columns together; at most half a gigabyte of numbers.</summary>
    private const long MostValues = 64L << 20;

    private List<Batch>? _kept;

    public IEnumerator<Batch> GetEnumerator() => _kept?.GetEnumerator() ?? First();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerator<Batch> First()
    {
        List<Batch>? kept = [];
        long values = 0;
        foreach (Batch batch in batches)
        {
            values += (long)batch.Rows * batch.Schema.Fields.Length;
            if (values > MostValues) kept = null;
            kept?.Add(batch);
            yield return batch;
        }

        _kept = kept; // an enumeration that was left early has not seen all
    }
}
