using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>ADWIN on errors (<see cref="AdwinState"/>), with River's defaults. It sees both directions.</summary>
public sealed class AdwinErrors : IErrorDetector
{
    private static readonly TrendSettings Settings =
        new(TrendDetector.Adwin) { Delta = 0.002, Clock = 32, MaxBuckets = 5, MinWindowLength = 5, GracePeriod = 10 };

    private AdwinState _state = AdwinState.Empty;

    /// <inheritdoc/>
    public string Name => "adwin";

    /// <inheritdoc/>
    public int LeastRows => Settings.Clock!.Value;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        (_state, TrendReading reading) = _state.Next(error ? 1 : 0, default, Settings);
        return reading.Found ? ErrorSignal.Drift : ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        to.Write(_state.Rows.Length);
        foreach (ImmutableArray<AdwinBucket> row in _state.Rows)
        {
            to.Write(row.Length);
            foreach (AdwinBucket bucket in row)
            {
                to.Write(bucket.Total);
                to.Write(bucket.Squares);
            }
        }

        foreach (double number in (double[])[_state.Width, _state.Total, _state.Squares]) to.Write(number);
        to.Write(_state.Windows);
        to.Write(_state.Found);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<AdwinBucket>>();
        for (int left = from.ReadInt32(); left > 0; left--)
        {
            var row = ImmutableArray.CreateBuilder<AdwinBucket>();
            for (int buckets = from.ReadInt32(); buckets > 0; buckets--) row.Add(new AdwinBucket(from.ReadDouble(), from.ReadDouble(), default));
            rows.Add(row.ToImmutable());
        }

        _state = new AdwinState(rows.ToImmutable(), from.ReadDouble(), from.ReadDouble(), from.ReadDouble(), from.ReadInt32()) { Found = from.ReadBoolean() };
    }
}

/// <summary>The Page-Hinkley test on errors (<see cref="PageHinkleyState"/>), with River's defaults. It sees both directions.</summary>
public sealed class PageHinkleyErrors : IErrorDetector
{
    private static readonly TrendSettings Settings = new(TrendDetector.PageHinkley) { MinInstances = 30, Delta = 0.005, Threshold = 50, Alpha = 0.9999 };

    private PageHinkleyState _state = new();

    /// <inheritdoc/>
    public string Name => "page_hinkley";

    /// <inheritdoc/>
    public int LeastRows => Settings.MinInstances!.Value;

    /// <inheritdoc/>
    public ErrorSignal Next(bool error)
    {
        (_state, TrendReading reading) = _state.Next(error ? 1 : 0, default, Settings);
        return reading.Found ? ErrorSignal.Drift : ErrorSignal.None;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter to)
    {
        to.Write(_state.Windows);
        foreach (double number in (double[])[_state.Mean, _state.Up, _state.LeastUp, _state.Down, _state.MostDown]) to.Write(number);
        to.Write(_state.Found);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader from)
    {
        _state = new PageHinkleyState(
            from.ReadInt32(), from.ReadDouble(), from.ReadDouble(), from.ReadDouble(), from.ReadDouble(), from.ReadDouble())
        {
            Found = from.ReadBoolean(),
        };
    }
}
