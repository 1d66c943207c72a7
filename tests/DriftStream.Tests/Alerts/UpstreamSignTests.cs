using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Tests.Alerts;

/// <summary>What judges add to window records so that a desk can recommend something.</summary>
public sealed class UpstreamSignTests
{
    private static readonly Layout Cells = Layout.Categorical(["a", "b"]), Numbers = Layout.Numeric([0, 10]), Sexes = Layout.Table(["1", "2"], labelled: false);

    private static readonly BaselineSignal Feature = PlanScript.Signal("x", Cells, 500, 500, 0, 0);

    /// <summary>Of 100 rows: a, b, unseen, missing. The rule of each kind speaks wherever it is above nothing.</summary>
    [Theory]
    [InlineData("psi", 60, 40, 0, 0, null)]
    [InlineData("missing", 50, 49, 0, 1, "missing")]
    [InlineData("unseen", 26, 25, 49, 0, null)]
    [InlineData("unseen", 25, 25, 50, 0, "unseen")]
    [InlineData("volume", 50, 50, 0, 0, "volume")]
    [InlineData("psi", 0, 1, 0, 99, "one_cell")]
    public void OfAFeature(string statistic, long a, long b, long unseen, long missing, string? sign)
    {
        Assert.Equal(sign, Symptom(Feature, [a, b, unseen, missing], statistic).Upstream);
        // What the model answers is its own.
        Assert.Equal(statistic == "volume" ? sign : null, Symptom(Feature with { Role = SignalRole.Score }, [a, b, unseen, missing], statistic).Upstream);
    }

    /// <summary>Below 0, 0 to 10, above 10, NaN, missing; the reference lies within.</summary>
    [Theory]
    [InlineData("out_of_range", 0, 51, 49, 0, null)]
    [InlineData("out_of_range", 25, 50, 25, 0, "out_of_range")]
    [InlineData("nan", 0, 99, 0, 1, "nan")]
    public void OfANumber(string statistic, long below, long within, long above, long nan, string? sign) =>
        Assert.Equal(sign, Symptom(PlanScript.Signal("x", Numbers, 0, 1000, 0, 0, 0), [below, within, above, nan, 0], statistic).Upstream);

    [Fact]
    public void Symptoms_SayWhatTheyAreOf_AndHowManyRowsHaveMoved()
    {
        Assert.Equal((SignalRole.Feature, 10L), Facts(Symptom(Feature, [60, 40, 0, 0], "psi")));
        Assert.Equal((SignalRole.Score, 10L), Facts(Symptom(Feature with { Role = SignalRole.Score }, [60, 40, 0, 0], "psi")));
        Assert.Equal((SignalRole.Decision, 10L), Facts(Symptom(Feature with { Role = SignalRole.Decision }, [60, 40, 0, 0], "psi")));
        var group = new BaselineSignal("SEX", SignalRole.Group, ["SEX"], Sexes, [.. Table(100, 100, 100, 100)]);
        var rule = new Rule("parity", null, "*", "demographic_parity_ratio", null, new Alarm(AlarmKind.Below, 0.8), Severity.Warning);
        // Of 100 each, 80 and 20 are selected: for four fifths of 80 % 44 are lacking.
        Assert.Equal((SignalRole.Group, 44L), Facts(Record(group, Table(80, 20, 20, 80), rule).Symptoms.Single()));

        static (SignalRole?, long) Facts(Symptom symptom) => (symptom.Role, symptom.Moved);
    }

    [Fact]
    public void ARecord_NamesWhatIsNotSteadyOfAVersion_ButNoFeature_AndNothingWhereAllIs()
    {
        var rule = new Rule("psi", "*", null, "psi", null, new Alarm(AlarmKind.Above, 0.01), Severity.Warning);
        BaselineSignal score = Feature with { Role = SignalRole.Score };
        Assert.Equal(["x"], Record(score, [60, 40, 0, 0], rule).Versions.Single().NotSteady!.Value);
        Assert.Null(Record(score, [50, 50, 0, 0], rule).Versions.Single().NotSteady);
        Assert.Null(Record(Feature, [60, 40, 0, 0], rule).Versions.Single().NotSteady);
        byte[] steady = WindowRecordJson.Write(Record(score, [50, 50, 0, 0], rule)), drifting = WindowRecordJson.Write(Record(score, [60, 40, 0, 0], rule));
        Assert.DoesNotContain("not_steady", System.Text.Encoding.UTF8.GetString(steady), StringComparison.Ordinal);
        Assert.Equal(drifting, WindowRecordJson.Write(WindowRecordJson.Read(drifting)!));
        Assert.Contains("\"role\":\"score\"", System.Text.Encoding.UTF8.GetString(drifting), StringComparison.Ordinal);
    }

    private static long[] Table(long selected1, long rejected1, long selected2, long rejected2)
    {
        var counts = new long[Sexes.Cells];
        (counts[Sexes.TableCell(0, 1, 0)], counts[Sexes.TableCell(0, 0, 0)]) = (selected1, rejected1);
        (counts[Sexes.TableCell(1, 1, 0)], counts[Sexes.TableCell(1, 0, 0)]) = (selected2, rejected2);
        return counts;
    }

    private static Symptom Symptom(BaselineSignal signal, long[] counts, string statistic) =>
        Record(signal, counts, new Rule("r", "*", null, statistic, null, new Alarm(AlarmKind.Above, 0), Severity.Warning)).Symptoms.Single();

    private static WindowRecord Record(BaselineSignal signal, long[] counts, Rule rule) =>
        new PlanScript(PlanScript.Plan("first", [rule], (PlanScript.WindowsOf("m", 10, 10), [signal])))
            .Frame(0, 0, 1, PlanScript.Entry("m", 0, 10, (signal, counts)))
            .Header(0, 0, 1, watermark: 2)
            .Header(0, 1, 2, watermark: 15)
            .Run().Windows[0];
}
