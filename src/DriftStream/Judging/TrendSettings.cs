using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace DriftStream.Judging;

/// <summary>What adds up evidence of a trend, window after window.</summary>
public enum TrendDetector : byte
{
    /// <summary>The tabular cumulative sum of deviations, in standard deviations of the statistic: <see cref="CusumState"/>.</summary>
    Cusum,

    /// <summary>The cumulative sum of deviations from the mean so far: <see cref="PageHinkleyState"/>.</summary>
    PageHinkley,

    /// <summary>The means of the older and the newer part of an adaptive window: <see cref="AdwinState"/>.</summary>
    Adwin,
}

/// <summary>In which direction a trend is looked for.</summary>
public enum TrendMode : byte
{
    /// <summary>Up and down.</summary>
    Both,

    /// <summary>Values that grow.</summary>
    Up,

    /// <summary>Values that fall.</summary>
    Down,
}

/// <summary>
/// A detector and its parameters, by River's names (0.26): <see cref="TrendKey.Of"/> says which of them a detector has. The others are null.
/// </summary>
/// <param name="Detector">Which one.</param>
public sealed record TrendSettings(TrendDetector Detector)
{
    /// <summary>What the evidence must exceed: standard deviations (cusum, Montgomery's H), or units of the statistic (page_hinkley, lambda).</summary>
    public double? Threshold { get; init; }

    /// <summary>
    /// What is no trend: standard deviations (cusum, Montgomery's K), or units of the statistic (page_hinkley). Of adwin the confidence of a cut, 0 to 1.
    /// </summary>
    public double? Delta { get; init; }

    /// <summary>Windows before the first one that can be told; cusum learns the statistic's mean and deviation from them.</summary>
    public int? MinInstances { get; init; }

    /// <summary>The part of its sums that page_hinkley keeps from one window to the next, 0 to 1.</summary>
    public double? Alpha { get; init; }

    /// <summary>In which direction; null for adwin, which knows both only.</summary>
    public TrendMode? Mode { get; init; }

    /// <summary>The statistic's mean, where cusum shall not learn it.</summary>
    public double? Mean { get; init; }

    /// <summary>The statistic's standard deviation, where cusum shall not learn it.</summary>
    public double? Sd { get; init; }

    /// <summary>adwin looks for a cut every so many windows.</summary>
    public int? Clock { get; init; }

    /// <summary>How many buckets of one size adwin keeps.</summary>
    public int? MaxBuckets { get; init; }

    /// <summary>The fewest windows of each part of a cut.</summary>
    public int? MinWindowLength { get; init; }

    /// <summary>Windows that adwin holds before it looks for a cut.</summary>
    public int? GracePeriod { get; init; }

    /// <summary>Its name in the config and in messages.</summary>
    [JsonIgnore]
    public string Name => NameOf(Detector);

    /// <summary>The name of a detector in the config and in messages.</summary>
    internal static string NameOf(TrendDetector detector) => detector switch
    {
        TrendDetector.Cusum => "cusum",
        TrendDetector.PageHinkley => "page_hinkley",
        TrendDetector.Adwin => "adwin",
    };

    /// <summary>The name of a direction in the config and in messages.</summary>
    internal static string NameOf(TrendMode mode) => mode switch
    {
        TrendMode.Both => "both",
        TrendMode.Up => "up",
        TrendMode.Down => "down",
    };

    /// <summary>As the config says it: <c>trend: cusum, threshold: 5, delta: 0.5, min_instances: 30, mode: both</c>.</summary>
    internal string Text =>
        $"trend: {Name}" + string.Concat(Numbers().Select(n => string.Create(CultureInfo.InvariantCulture, $", {n.Key}: {n.Value:R}")))
        + (Mode is { } mode ? $", mode: {NameOf(mode)}" : "");

    /// <summary>Every number of it that is set, by its key in the config.</summary>
    internal IEnumerable<(string Key, double Value)> Numbers() =>
        from key in TrendKey.Of(Detector)
        let value = key.Get(this)
        where value is not null
        select (key.Name, value.Value);
}

/// <summary>A number among the parameters of a detector.</summary>
/// <param name="Name">Its key in the config: River's name.</param>
/// <param name="Least">The least value.</param>
/// <param name="Most">The greatest value.</param>
/// <param name="Default">Where the config says nothing; null where it must, or where nothing is a value too.</param>
/// <param name="Get">Reads it.</param>
/// <param name="With">Sets it.</param>
internal sealed record TrendKey(
    string Name, double Least, double Most, double? Default, Func<TrendSettings, double?> Get, Func<TrendSettings, double, TrendSettings> With)
{
    private const double Tiny = 1e-12, Great = 1e12;
    private const int MostWindows = 10_000;

    private static readonly TrendKey Alpha = new("alpha", 0, 1, 0.9999, s => s.Alpha, (s, v) => s with { Alpha = v });
    private static readonly TrendKey Clock = Whole("clock", 1, 1, s => s.Clock, (s, v) => s with { Clock = v });
    private static readonly TrendKey MaxBuckets = Whole("max_buckets", 1, 5, s => s.MaxBuckets, (s, v) => s with { MaxBuckets = v });
    private static readonly TrendKey Length = Whole("min_window_length", 1, 5, s => s.MinWindowLength, (s, v) => s with { MinWindowLength = v });
    private static readonly TrendKey Grace = Whole("grace_period", 1, 10, s => s.GracePeriod, (s, v) => s with { GracePeriod = v });
    private static readonly TrendKey MinInstances = Whole("min_instances", 2, 30, s => s.MinInstances, (s, v) => s with { MinInstances = v });
    private static readonly TrendKey Mean = new("mean", -Great, Great, null, s => s.Mean, (s, v) => s with { Mean = v });
    private static readonly TrendKey Sd = new("sd", Tiny, Great, null, s => s.Sd, (s, v) => s with { Sd = v });

    /// <summary>The value is a whole number.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>The config must say it.</summary>
    public bool IsRequired { get; private init; }

    /// <summary>The numbers that a detector has, in the order in which they are written.</summary>
    public static ImmutableArray<TrendKey> Of(TrendDetector detector) => detector switch
    {
        TrendDetector.Cusum => [Threshold(5), Delta(0, Great, 0.5), MinInstances, Mean, Sd],
        TrendDetector.PageHinkley => [Threshold(null), Delta(0, Great, 0.005), MinInstances, Alpha],
        TrendDetector.Adwin => [Delta(Tiny, 1, 0.002), Clock, MaxBuckets, Length, Grace],
    };

    private static TrendKey Threshold(double? otherwise) =>
        new("threshold", Tiny, Great, otherwise, s => s.Threshold, (s, v) => s with { Threshold = v }) { IsRequired = otherwise is null };

    private static TrendKey Delta(double least, double most, double otherwise) =>
        new("delta", least, most, otherwise, s => s.Delta, (s, v) => s with { Delta = v });

    private static TrendKey Whole(string name, int least, int otherwise, Func<TrendSettings, int?> get, Func<TrendSettings, int, TrendSettings> with) =>
        new(name, least, MostWindows, otherwise, s => get(s), (s, v) => with(s, (int)v)) { IsWhole = true };
}
