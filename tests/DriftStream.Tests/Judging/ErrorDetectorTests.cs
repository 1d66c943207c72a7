using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Tests.Statistics;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>Detectors on errors, beside River's detections on made streams, and on panes of which only counts are known.</summary>
public sealed class ErrorDetectorTests
{
    [Theory]
    [InlineData("DDM", "step"), InlineData("DDM", "calm"), InlineData("DDM", "ramp"), InlineData("EDDM", "step"), InlineData("EDDM", "calm")]
    [InlineData("EDDM", "ramp"), InlineData("HDDM_A", "step"), InlineData("HDDM_A", "calm"), InlineData("HDDM_A", "ramp"), InlineData("HDDM_W", "step")]
    [InlineData("HDDM_W", "calm"), InlineData("HDDM_W", "ramp"), InlineData("FHDDM", "step"), InlineData("FHDDM", "calm"), InlineData("FHDDM", "ramp")]
    [InlineData("ADWIN", "step"), InlineData("ADWIN", "calm"), InlineData("ADWIN", "ramp")]
    [InlineData("PageHinkley", "step"), InlineData("PageHinkley", "calm"), InlineData("PageHinkley", "ramp")]
    public void Detections_AreRivers(string river, string stream)
    {
        JsonElement file = Reference.Load("detectors.json"), expected = file.GetProperty("results").GetProperty(river).GetProperty(stream);
        IErrorDetector detector = ErrorDetectors.All().Single(d => d.Name == Ours(river));
        var (drifts, warnings, firstWarning, row) = (new List<int>(), 0, (int?)null, 0);
        foreach (char value in file.GetProperty("values").GetProperty(stream).GetString()!)
        {
            // What River's FHDDM is given as 1 is a row that is right.
            ErrorSignal signal = detector.Next(value == '1' != (river == "FHDDM"));
            if (signal == ErrorSignal.Drift) drifts.Add(row);
            if (signal == ErrorSignal.Warning) (warnings, firstWarning) = (warnings + 1, firstWarning ?? row);
            row++;
        }

        Assert.Equal(expected.GetProperty("drift").EnumerateArray().Select(d => d.GetInt32()), drifts);
        JsonElement first = expected.GetProperty("first_warning");
        Assert.Equal(first.ValueKind == JsonValueKind.Null ? null : first.GetInt32(), firstWarning);
        int told = expected.GetProperty("warnings").GetInt32();
        // River's EDDM goes on warning in the row of a drift.
        Assert.InRange(warnings, river == "EDDM" ? told - drifts.Count : told, told);
    }

    /// <summary>RDDM and KSWIN, which no reference here has: a step is found soon after it, and what does not change is hardly ever a drift.</summary>
    [Theory]
    [InlineData("rddm", 900, 12), InlineData("kswin", 60, 80)]
    public void OtherDetectors_FindAStep(string name, int delay, int mostCalm)
    {
        var random = new Random(3);
        IErrorDetector detector = ErrorDetectors.All().Single(d => d.Name == name);
        int calm = Enumerable.Range(0, 20_000).Count(_ => detector.Next(random.NextDouble() < 0.1) == ErrorSignal.Drift);
        Assert.InRange(calm, 0, mostCalm);
        Assert.Contains(Enumerable.Range(0, delay), _ => detector.Next(random.NextDouble() < 0.7) == ErrorSignal.Drift);
    }

    /// <summary>RDDM forgets a concept that has lasted: a small rise that DDM no longer sees after 60,000 rows.</summary>
    [Fact]
    public void Rddm_FindsWhatDdmHasBecomeTooSlowFor()
    {
        (IErrorDetector ddm, IErrorDetector rddm) = (new Ddm(), new Rddm());
        bool[] calm = [.. Enumerable.Range(0, 60_000).Select(i => i % 10 == 9)], worse = [.. Enumerable.Range(0, 1_000).Select(i => i % 10 >= 8)];
        foreach (bool error in calm) Assert.NotEqual((ErrorSignal.Drift, ErrorSignal.Drift), (ddm.Next(error), rddm.Next(error)));
        int ofRddm = Array.FindIndex(worse, e => rddm.Next(e) == ErrorSignal.Drift), ofDdm = Array.FindIndex(worse, e => ddm.Next(e) == ErrorSignal.Drift);
        Assert.InRange(ofRddm, 0, 900);
        Assert.True(ofDdm < 0 || ofRddm < ofDdm, $"{ofRddm} {ofDdm}");
    }

    [Fact]
    public void Errors_StandEvenlyInTheirPane()
    {
        for (int rows = 0; rows <= 40; rows++)
        {
            for (int errors = 0; errors <= rows; errors++)
            {
                bool[] spread = [.. ErrorWatch.Spread(rows, errors)];
                Assert.Equal((rows, errors), (spread.Length, spread.Count(e => e)));
                for (int i = 0; i < errors; i++) Assert.True(spread[((2 * i) + 1) * rows / (2 * errors)], $"{i} of {errors} in {rows}");
            }
        }
    }

    /// <summary>Counts alone, pane after pane: the detectors say what they say of the sequence, and of no pane before the change.</summary>
    [Fact]
    public void Watch_PlacesAChangeToItsPane()
    {
        var watch = new ErrorWatch();
        // EDDM looks at the distances between errors, which the spread has made.
        for (int pane = 0; pane < 20; pane++) Assert.All(watch.Next(1_000, 100), d => Assert.True(d.Drifts == 0 || d.Detector == "eddm", d.ToString()));
        ImmutableArray<DetectedErrors> changed = watch.Next(1_000, 300);
        Assert.Equal(
            ["ddm", "hddm_a", "rddm", "adwin", "page_hinkley"],
            changed.Where(d => d.Drifts > 0).Select(d => d.Detector).Intersect(["ddm", "hddm_a", "rddm", "adwin", "page_hinkley"]));
        Assert.All(changed.Where(d => d.Drifts > 0), d => Assert.InRange(d.First, 1, 1_000));
    }

    private static string Ours(string river) => river switch { "PageHinkley" => "page_hinkley", _ => river.ToLowerInvariant() };
}
