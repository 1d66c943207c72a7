using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Tests.Statistics;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>When missing rows are improbable by a model's own volume, and when they are not.</summary>
public sealed class VolumesTests
{
    private const double Limit = 0.0001;
    private const int Week = 7 * 24;

    // Sums of the negative binomial law by its terms, in Python: expectation and spread as the class says, 7 or 8 windows known.
    [Theory]
    [InlineData(0, 1.658682408201875e-14, 80, 120, 90, 130, 60, 100, 120)]
    [InlineData(3, 1.0638750504586536e-11, 80, 120, 90, 130, 60, 100, 120)]
    [InlineData(5, 1.6968207454536266e-10, 80, 120, 90, 130, 60, 100, 120)]
    [InlineData(0, 8.087200384965587e-05, 9, 10, 11, 10, 9, 11, 10, 10)]
    public void Probability_IsThatOfTheNegativeBinomialLaw(long came, double expected, params int[] rows) =>
        Reference.Near(expected, Volume.Of([.. rows.Select(r => (long)r)], 24)!.Probability(1, came), "probability", absolute: 0);

    [Theory]
    [InlineData(6 * 24, 1, false)]
    [InlineData(Week, 1, true)]
    [InlineData(6, 24, false)]
    [InlineData(7, 24, true)]
    [InlineData(6, Week, false)]
    [InlineData(7, Week, true)]
    public void LessThanAWeekIsNotEnough(int windows, double hours, bool known) =>
        Assert.Equal(known, Volume.Of([.. Enumerable.Repeat(100L, windows)], hours) is not null);

    // What a producer is like, how many days of it are known, when it stops, and in how many hours at most that must be told.
    [Theory]
    [InlineData("batch", 40, 2, 1)]
    [InlineData("batch", 9, 2, 1)]
    [InlineData("batch", 40, 12, 15)]
    [InlineData("steady", 8, 5, 1)]
    [InlineData("sparse", 30, 5, 12)]
    [InlineData("shop", 40, 12, 1)]
    [InlineData("shop", 40, 1, 8)]
    [InlineData("weekdays", 37, 12, 1)]
    public void Rows_ThatStop_AreToldOnce_UntilTheyComeAgain(string kind, int days, int hour, int within)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            var random = new Random(seed);
            long[] rows = [.. Enumerable.Range(0, (days + 9) * 24).Select(i => Rows(kind, i, random))];
            int stops = (days * 24) + hour, comes = stops + 60;
            for (int i = stops; i < comes; i++) rows[i] = 0;
            int[] told = Told(rows);
            Assert.True(told.Length > 0, $"seed {seed}: nothing told");
            Assert.InRange(told[0], stops, stops + within - 1);
            // Without a gap, to the window in which rows come that were expected, or came unexpected.
            Assert.Equal(Enumerable.Range(told[0], told.Length), told);
            Assert.InRange(told[^1], comes - 1, comes + 47); // or a weekend later
        }
    }

    [Theory]
    [InlineData("batch", 0)]
    [InlineData("steady", 0)]
    [InlineData("sparse", 0)]
    [InlineData("shop", 0)]
    [InlineData("weekdays", 0)]
    [InlineData("new shop", 0)]
    [InlineData("bursts", 1)] // hours on, hours off: the longest pause of all may be one
    public void Model_ThatIsQuietByNature_IsNotTold(string kind, int most)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            var random = new Random(seed);
            long[] rows = [.. Enumerable.Range(0, (kind == "new shop" ? 6 : 70) * 24).Select(i => Rows(kind, i, random))];
            if (kind == "new shop") Array.Clear(rows, 4 * 24, 24);
            int[] told = Told(rows);
            Assert.True(told.Where((t, i) => i == 0 || told[i - 1] != t - 1).Count() <= most, $"seed {seed}: {string.Join(", ", told)}");
        }
    }

    [Fact]
    public void FewRows_AreAsGoodAsNone()
    {
        long[] rows = [.. Enumerable.Range(0, 10 * 24).Select(i => Rows("steady", i, new Random(i)))];
        (rows[220], rows[221], rows[230]) = (2, 1, 8); // of 50
        Assert.Equal([220, 221], Told(rows));
    }

    [Fact]
    public void Restart_AndWindowsThatWereNeverTold_ChangeNothing()
    {
        var random = new Random(4);
        long[] rows = [.. Enumerable.Range(0, 45 * 24).Select(i => Rows("shop", i, random))];
        for (int i = 900; i < 990; i++) rows[i] = 0;
        VolumeReading?[] straight = Seen(rows, new Volumes());
        var volumes = new Volumes();
        for (int i = 0; i < rows.Length; i++)
        {
            if (i % 50 == 0) volumes = Volumes.Restore(Restarted(volumes.Save()));
            if (i is > 940 and < 985) continue; // as where the counters' clock closes no more of them
            Assert.Equal(straight[i], volumes.See(Window(i, rows[i])));
            Assert.Null(volumes.See(Window(i, rows[i])));
        }

        Assert.Equal(4 * Week, volumes.Save()[0].Rows.Length);
        volumes.Keep(_ => ["other"]);
        Assert.Empty(volumes.Save());
    }

    [Fact]
    public void IncompleteWindow_IsNoSilence()
    {
        var volumes = new Volumes();
        for (int i = 0; i < 10 * 24; i++) volumes.See(Window(i, 50));
        Assert.Null(volumes.See(Window(240, 0) with { Complete = false }));
        Assert.True(volumes.See(Window(241, 0))!.Probability < Limit);
    }

    private static int[] Told(long[] rows) =>
        [.. Seen(rows, new Volumes()).Select((r, i) => (r, i)).Where(s => s.r!.Probability < Limit).Select(s => s.i)];

    private static VolumeReading?[] Seen(long[] rows, Volumes volumes) => [.. rows.Select((r, i) => volumes.See(Window(i, r)))];

    // Hour 0 is a Monday's first.
    private static long Rows(string kind, int hour, Random random)
    {
        (int ofDay, int day) = (hour % 24, hour / 24 % 7);
        return kind switch
        {
            "batch" => ofDay == 2 ? 10_000 + random.Next(1_000) : 0,
            "steady" => Drawn(50, random),
            "sparse" => Drawn(2, random),
            "shop" or "new shop" => Drawn((ofDay < 7 ? 0.5 : 300 * (day > 4 ? 0.4 : 1)) * (0.8 + (0.4 * new Random(hour / 24).NextDouble())), random),
            "weekdays" => day > 4 ? 0 : Drawn(200, random),
            "bursts" => new Random(hour / 5).NextDouble() < 0.6 ? Drawn(100, random) : 0,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    // Poisson.
    private static long Drawn(double mean, Random random)
    {
        long count = -1;
        for (double time = 0; time < mean; count++) time -= Math.Log(1 - random.NextDouble());
        return count;
    }

    private static ClosedWindow Window(int hour, long rows)
    {
        var hourly = new WindowSettings("1h", new(EventTime.Hour), new(EventTime.Hour), new(0), 100);
        return new ClosedWindow("m", "", hourly, new(hour * EventTime.Hour), new((hour + 1) * EventTime.Hour), true, new(rows), new(0),
            ImmutableSortedDictionary<string, WindowCounts>.Empty)
        {
            Lost = new Losses(default, new(rows), [], null),
        };
    }

    private static ImmutableArray<VolumeState> Restarted(ImmutableArray<VolumeState> states)
    {
        var ledger = new LedgerState(new(1), [], [], [], [], [], [], [], []);
        return Checkpoint.Read(Checkpoint.Write(new CheckpointState(9, 4, ledger, []) { Volumes = states }))!.Volumes;
    }
}
