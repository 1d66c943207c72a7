using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Tests.Plan;
using DriftStream.Tests.Statistics;
using Xunit;

namespace DriftStream.Tests.Judging;

/// <summary>The detectors by themselves: River's detections, and every intermediate value of a scalar program of its own that has those too.</summary>
public sealed class TrendDetectorTests
{
    private static readonly JsonElement File = Reference.Load("detectors.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, File.GetProperty("windows").GetProperty("cases").GetArrayLength())];

    [Theory]
    [InlineData("step")]
    [InlineData("calm")]
    [InlineData("ramp")]
    public void PageHinkley_FindsWhatRiverFinds(string stream)
    {
        TrendSettings settings = Settings("page_hinkley", File.GetProperty("defaults").GetProperty("PageHinkley"));
        Assert.Equal(Expected("PageHinkley", stream, "drift"), Seen(settings, Bits(stream)).Where(s => s.Reading.Found).Select(s => (long)s.At));
    }

    [Theory]
    [InlineData("step")]
    [InlineData("calm")]
    [InlineData("ramp")]
    public void Adwin_FindsWhatRiverFinds_AndKeepsAsMuch(string stream)
    {
        TrendSettings settings = Settings("adwin", File.GetProperty("defaults").GetProperty("ADWIN"));
        SeenWindow[] found = [.. Seen(settings, Bits(stream)).Where(s => s.Reading.Found)];
        Assert.Equal(Expected("ADWIN", stream, "drift"), found.Select(s => (long)s.At));
        Assert.Equal(Expected("ADWIN", stream, "width_after"), found.Select(s => (long)s.State.Adwin!.Width));
        // It has kept the newest windows: what it says of their time and their number is the same.
        Assert.All(found, s => Assert.Equal(s.At + 1 - s.State.Adwin!.Width, s.Reading.Since!.Value.Microseconds));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evidence_IsThatOfTheReference(int number)
    {
        JsonElement expected = File.GetProperty("windows").GetProperty("cases")[number];
        TrendSettings settings = Settings(expected.GetProperty("detector").GetString()!, expected.GetProperty("parameters"));
        double[] series = File.GetProperty("windows").GetProperty("series").GetProperty(expected.GetProperty("series").GetString()!).Doubles();
        SeenWindow[] seen = [.. Seen(settings, series)];
        Assert.Equal(expected.GetProperty("detections").Longs(), seen.Where(s => s.Reading.Found).Select(s => (long)s.At));
        JsonElement[] evidence = [.. expected.GetProperty("evidence").EnumerateArray()];
        Assert.Equal(evidence.Length, seen.Length);
        foreach (SeenWindow window in seen)
        {
            string what = $"case {number}, window {window.At}";
            if (window.State.Adwin is { } adwin)
            {
                double[] state = evidence[window.At].Doubles();
                Reference.Near(state[0], adwin.Width, what);
                Reference.Near(state[1], adwin.Total, what, absolute: 1e-12);
                Reference.Near(state[2], adwin.Squares, what, absolute: 1e-12);
            }
            else if (evidence[window.At].ValueKind == JsonValueKind.Null) Assert.Null(window.Reading.Value);
            else Reference.Near(evidence[window.At].GetDouble(), window.Reading.Value, what, absolute: 1e-12);
        }
    }

    // By hand, from Montgomery's table: mean 10, deviation 1, K = 0.5; the sum leaves zero with the third value.
    [Fact]
    public void Cusum_IsTheTabularOne_AndSaysSinceWhen()
    {
        var settings = new TrendSettings(TrendDetector.Cusum) { Threshold = 5, Delta = 0.5, MinInstances = 2, Mode = TrendMode.Both, Mean = 10, Sd = 1 };
        double[] values = [10.4, 9.6, 11.5, 12, 11.25, 13, 12.5];
        SeenWindow[] seen = [.. Seen(settings, values)];
        Assert.Equal([0, 0, 1, 2.5, 3.25, 5.75, 2], seen.Select(s => s.Reading.Value));
        Assert.Equal([null, null, 2L, 2, 2, 2, 6], seen.Select(s => s.Reading.Since?.Microseconds));
        Assert.Equal([false, false, false, false, false, true, false], seen.Select(s => s.Reading.Found));
    }

    // By the keys of a configuration.
    private static TrendSettings Settings(string detector, JsonElement parameters)
    {
        string keys = string.Join(", ", parameters.EnumerateObject().Select(p => $"{p.Name}: {p.Value}").Prepend($"trend: {detector}"));
        PlanResult read = Configs.Read(Configs.WithModel($"rules: [{{ signal: AGEP, statistic: psi, alarm: {{ {keys} }} }}]"));
        return read.Plan!.Models[0].Judgement.Rules[0].Alarm.Trend!;
    }

    private static IEnumerable<SeenWindow> Seen(TrendSettings settings, double[] values)
    {
        var subject = new TrendSubject("m", "", "w", "x", "r");
        var state = new TrendState(subject, "", "", new(0)) { Cusum = new(), PageHinkley = new(), Adwin = AdwinState.Empty };
        for (int i = 0; i < values.Length; i++)
        {
            TrendReading reading;
            if (settings.Detector is TrendDetector.Cusum) (state, reading) = With(state.Cusum!.Next(values[i], new(i), settings));
            else if (settings.Detector is TrendDetector.PageHinkley) (state, reading) = With(state.PageHinkley!.Next(values[i], new(i), settings));
            else (state, reading) = With(state.Adwin!.Next(values[i], new(i), settings));
            yield return new SeenWindow(i, state, reading);
        }

        (TrendState, TrendReading) With<T>((T State, TrendReading Reading) next) => (next.State switch
        {
            CusumState cusum => state with { Cusum = cusum, Adwin = null },
            PageHinkleyState page => state with { PageHinkley = page, Adwin = null },
            AdwinState adwin => state with { Adwin = adwin },
            _ => throw new InvalidOperationException(),
        }, next.Reading);
    }

    private static double[] Bits(string stream) => [.. File.GetProperty("values").GetProperty(stream).GetString()!.Select(c => (double)(c - '0'))];

    private static long[] Expected(string detector, string stream, string what)
    {
        JsonElement of = File.GetProperty("results").GetProperty(detector).GetProperty(stream).GetProperty(what);
        return of.ValueKind == JsonValueKind.Null ? [] : [.. of.Doubles().Select(v => (long)v)];
    }

    private sealed record SeenWindow(int At, TrendState State, TrendReading Reading);
}
