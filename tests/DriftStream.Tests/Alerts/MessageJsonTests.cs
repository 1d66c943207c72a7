using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>What other programs read: field names, identities, no number that JSON cannot hold.</summary>
public sealed class MessageJsonTests
{
    private static readonly ClosedWindow Window = new(
        "m", "7", new WindowSettings("7d", new(604_800_000_000), new(604_800_000_000), new(0), 0), new(0), new(604_800_000_000), true, new(1245), new(3),
        ImmutableSortedDictionary<string, WindowCounts>.Empty);

    private static readonly Rule Psi = new("r", "*", null, "psi", null, new Alarm(AlarmKind.Calibrated, 0.01, 0.02), Severity.Warning);

    private static readonly JudgedStatistic Odd = new(
        "psi", "merged-cells", double.NaN, double.NegativeInfinity, 1, 1e-27, "x2-merged", 100, 50, "r", true, Judgement.Drifting);

    [Fact]
    public void Detail_HasTheFieldsOfTheContract()
    {
        JsonElement detail = Parse([.. Symptom([new RuledStatistic(Psi, Odd)]).Detail]);
        Assert.Equal("statistic rule cells baseline rules", Names(detail));
        Assert.Equal("name convention value interval p_value test reference_rows window_rows", Names(detail.GetProperty("statistic")));
        Assert.Equal("id alarm level min_effect consecutive", Names(detail.GetProperty("rule")));
        Assert.Equal("id alarm level min_effect severity statistic", Names(detail.GetProperty("rules")[0]));
        Assert.Equal("cell reference window contribution", Names(detail.GetProperty("cells")[0]));
        Assert.Equal("id hash rows", Names(detail.GetProperty("baseline")));
        Assert.Equal(JsonValueKind.Null, detail.GetProperty("statistic").GetProperty("value").ValueKind);
        JsonElement ruleless = Parse([.. Symptom([]).Detail]);
        Assert.Equal(Names(detail), Names(ruleless));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (ruleless.GetProperty("statistic").ValueKind, ruleless.GetProperty("rule").ValueKind));
    }

    [Fact]
    public void Verdict_HasTheFieldsOfTheContract()
    {
        JsonElement verdict = Parse(Assert.Single(VerdictJson.Write(Verdict(Signal("x", 1)))));
        Assert.Equal("id model version window rows late_rows judgement why signals groups baseline plan", Names(verdict));
        Assert.Equal("name start end complete", Names(verdict.GetProperty("window")));
        Assert.Equal("signal rows missing unseen judgement why statistics", Names(verdict.GetProperty("signals")[0]));
        Assert.Equal(
            "name convention value interval p_value test reference_rows window_rows rule rejected judgement",
            Names(verdict.GetProperty("signals")[0].GetProperty("statistics")[0]));
        JsonElement group = verdict.GetProperty("groups")[0];
        Assert.Equal("group statistic value interval rule judgement why by", Names(group));
        Assert.Equal("value rows selected", Names(group.GetProperty("by")[0]));
        Assert.Equal(JsonValueKind.Null, group.GetProperty("interval")[0].ValueKind);
    }

    [Fact]
    public void LargeVerdict_ComesInPartsThatFit_AndMakeTheWhole()
    {
        // Sizes that a split by number alone would get wrong: the last signals are the large ones.
        JudgedSignal[] signals = [.. Enumerable.Range(0, 900).Select(i => Signal($"x{i}", i < 700 ? 1 : 40))];
        IReadOnlyList<byte[]> parts = VerdictJson.Write(Verdict(signals));
        Assert.True(parts.Count > 2);
        Assert.All(parts, p => Assert.InRange(p.Length, 1, VerdictJson.MaxBytes));
        JsonElement[] documents = [.. parts.Select(Parse)];
        Assert.Equal(signals.Select(s => s.Signal),
            documents.SelectMany(d => d.GetProperty("signals").EnumerateArray()).Select(s => s.GetProperty("signal").GetString()));
        Assert.Single(documents.SelectMany(d => d.GetProperty("groups").EnumerateArray()));
        Assert.Equal(Enumerable.Range(0, parts.Count), documents.Select(d => d.GetProperty("part").GetInt32()));
        Assert.All(documents, d => Assert.Equal((parts.Count, 1245), (d.GetProperty("parts").GetInt32(),
            d.GetProperty("rows").GetInt32())));
        Assert.Equal(parts.Count, documents.Select(d => d.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public void Ids_AreDistinctWhereTheContentIs_AndElseTheSame()
    {
        string Id(ClosedWindow window, string baseline = "b") => VerdictJson.IdOf(Verdict() with
        {
            Window = window,
            BaselineHash = baseline
        }, 0);
        string[] ids =
        [
            Id(Window), Id(Window with { Model = "n" }), Id(Window with { Version = "8" }), Id(Window with { Start = new(1) }),
            Id(Window with { Window = Window.Window with { Name = "1h" } }), Id(Window, "c"), Id(Window with { Model = "m7",
                Version = "" }),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids[0], Id(Window with { Rows = new(99), LateRows = new(7) }));
        Assert.NotEqual(Identity.Of("ab", "c"), Identity.Of("a", "bc"));
        Assert.NotEqual(Identity.Of("a", null), Identity.Of("a", ""));
        Assert.Equal(32, ids[0].Length);
    }

    private static Symptom Symptom(ImmutableArray<RuledStatistic> rules)
    {
        var signal = new JudgedSignal("x", 1, 0, 0, Judgement.Drifting, "why", [Odd], [new CellContribution("17", 0.05, 0, double.PositiveInfinity)]);
        var turn = new SymptomTurn(SymptomStatus.Began, new OpenSymptom(new(0), Severity.Warning, ["r"]));
        return SymptomWriter.Signal(
            new Subject("m", "7", "7d", "x", null), signal, rules, turn, SymptomStory.Settings(2, 3, 3), new("m", new("m", 100, [], "sha256:b"), [Psi]));
    }

    private static Verdict Verdict(params JudgedSignal[] signals) => new(
        Window, Judgement.Drifting, "why", [.. signals],
        [new JudgedGroup("SEX", Odd with { Name = "demographic_parity_ratio" }, "why", [new GroupCount("1", 612, 281)])], "sha256:b");

    private static JudgedSignal Signal(string name, int statistics) =>
        new(name, 1245, 0, 0, Judgement.Drifting, "why", [.. Enumerable.Repeat(Odd, statistics)], []);

    private static JsonElement Parse(byte[] json) => JsonDocument.Parse(json).RootElement;

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));
}
