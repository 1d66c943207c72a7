using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>
/// One cause, one alert: of a signal in two countries on two devices, judged with a restart after each record. Windows are 10 long, one is enough.
/// </summary>
public sealed class SliceSymptomTests
{
    private static readonly Rule Psi = new("psi", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, MinEffect: 0.02), Severity.Warning);

    private static readonly Layout Cells = Layout.Categorical(["a", "b"]);
    private static readonly BaselineSignal Whole = PlanScript.Signal("x", Cells, 10_000, 10_000, 0, 0);
    private static readonly BaselineSignal Countries = Sliced(["country"], [["DE"], ["FR"]]);
    private static readonly BaselineSignal Both = Sliced(["device", "country"], [["ios", "DE"], ["web", "DE"], ["ios", "FR"], ["web", "FR"]]);

    /// <summary>Rows of "a" of 500 in each of the four parts; 250 is what the baseline has.</summary>
    [Theory]
    [InlineData("250 250 250 250", "")]
    [InlineData("318 250 250 250", "x|ios DE")] // small in the country, nothing in all
    [InlineData("320 320 250 250", "x|DE")] // deeper slices drift too
    [InlineData("450 450 450 450", "x")] // everything drifts
    [InlineData("380 380 120 120", "x|DE, x|FR")] // opposite ways: nothing in all
    public void OfSlicesThatDrift_OnlyTheWidestIsTold(string window, string told)
    {
        PlanScript script = Play(window);
        Assert.Equal(told, string.Join(", ", script.Alerts.Select(Name)));
        if (told.StartsWith("x|DE", StringComparison.Ordinal))
            Assert.Contains(script.Verdicts[0].Slices, s => s.Judgement == Judgement.Drifting && s.Slice!.Columns.Length == 2);
    }

    [Fact]
    public void SliceThatSpoke_EndsByItself_WhateverTheWholeSays()
    {
        // The country; then everything; then everything but the country; then nothing.
        PlanScript script = Play("320 320 250 250", "450 450 450 450", "250 250 490 490", "250 250 250 250", "250 250 250 250");
        Assert.Equal(
            ["0 fires x|DE", "10 fires x", "20 ends x|DE", "30 ends x"],
            script.Alerts.Select(a => $"{(long)a.Window.Start} {(a.Status == SymptomStatus.Began ? "fires" : "ends")} {Name(a)}"));
        Assert.Equal("x among country = DE is back to its baseline: 1 quiet windows", script.Alerts[2].Summary);
    }

    [Fact]
    public void Messages_NameTheSlice()
    {
        PlanScript script = Play("320 320 250 250");
        ToldSymptom told = script.Alerts.Single();
        Assert.Equal("""{"country":"DE"}""", told.Detail.GetProperty("slice").GetRawText());
        Assert.Equal("x", told.Signal);
        Assert.StartsWith("among country = DE: x has drifted: ", told.Summary, StringComparison.Ordinal);

        JsonElement verdict = JsonDocument.Parse(Assert.Single(VerdictJson.Write(script.Verdicts[0]))).RootElement;
        Assert.Equal(
            ["-", """{"country":"DE"}""", """{"device":"ios","country":"DE"}""", """{"device":"web","country":"DE"}"""],
            verdict.GetProperty("signals").EnumerateArray().Select(s => s.TryGetProperty("slice", out JsonElement slice) ? slice.GetRawText() : "-"));
        Assert.Equal("""{"count":6,"drifting":3,"insufficient":0}""", verdict.GetProperty("slices").GetRawText());
        Assert.False(Play("450 450 450 450").Alerts.Single().Detail.TryGetProperty("slice", out _));
    }

    [Fact]
    public void ManySlices_FitIntoMessages()
    {
        Verdict verdict = Play("320 320 250 250").Verdicts[0];
        JudgedSignal drifting = verdict.Slices.First(s => s.Judgement == Judgement.Drifting);
        Verdict many = verdict with { Slices = [.. Enumerable.Repeat(drifting, 3_000)] };
        IReadOnlyList<byte[]> parts = VerdictJson.Write(many);
        Assert.InRange(parts.Count, 2, 10);
        Assert.All(parts, p => Assert.InRange(p.Length, 1, VerdictJson.MaxBytes));
        Assert.Equal(3_001, parts.Sum(p => JsonDocument.Parse(p).RootElement.GetProperty("signals").GetArrayLength()));
        Assert.Single(VerdictJson.Write(many with { Slices = [.. many.Slices.Select(s => s with { Judgement = Judgement.Steady })] }));
    }

    private static string Name(ToldSymptom told) => told.Detail.TryGetProperty("slice", out JsonElement slice)
        ? $"{told.Signal}|{string.Join(' ', slice.EnumerateObject().Select(v => v.Value.GetString()))}"
        : told.Signal!;

    private static PlanScript Play(params string[] windows)
    {
        JudgeSettings plan = PlanScript.Plan("first", [Psi], (PlanScript.WindowsOf("m", 10, 10), [Whole, Countries, Both]));
        var script = new PlanScript(plan);
        foreach ((int at, string window) in windows.Index())
        {
            long[] a = [.. window.Split(' ').Select(long.Parse)];
            long[] whole = [a.Sum(), 2_000 - a.Sum(), 0, 0];
            Entry counted = PlanScript.Entry("m", at * 10, 10, (Whole, whole), (Countries, OfSlices(a[0] + a[1], a[2] + a[3])), (Both, OfSlices(a)));
            script.Frame(0, at, at + 1, counted)
                .Header(0, at, at + 1, watermark: (at * 10) + 2);
        }

        return script.Header(0, windows.Length, windows.Length + 1, watermark: (windows.Length * 10) + 5).Run();
    }

    private static long[] OfSlices(params long[] a) => [.. a.SelectMany(n => new[] { n, (2_000 / a.Length) - n, 0, 0 }), 0];

    private static BaselineSignal Sliced(string[] by, ImmutableArray<ImmutableArray<string>> slices)
    {
        Layout layout = Layout.Sliced(slices, Cells, folded: false);
        return new BaselineSignal("x", SignalRole.Slice, ["x", .. by], layout,
            [.. slices.SelectMany(_ => new long[] { 10_000 / slices.Length, 10_000 / slices.Length, 0, 0 }), 0]);
    }
}
