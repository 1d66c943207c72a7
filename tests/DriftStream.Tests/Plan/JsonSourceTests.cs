using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class JsonSourceTests
{
    private const string Json = "sources: [{ topic: t, format: json }]";

    [Fact]
    public void BaselineDecidesTypes_AndPathSaysWhere()
    {
        string columns = "columns: { time: { column: at, unit: ms }, decision: prediction, groups: [SEX], version: { column: v }, "
            + "path: { at: meta.at, AGEP: \"inputs[0].data[3]\", prediction: \"outputs[0].data[0]\" } }";
        DriftPlan plan = Read(Json, columns).Plan!;
        SourceTopic topic = Assert.Single(plan.Counting.Sources.Values);
        Assert.Equal(MessageFormat.Json, topic.Format);
        Assert.Equal(
            [
                ("at", JsonKind.Time, "meta.at", TimeUnit.Millisecond), ("AGEP", JsonKind.Number, "inputs[0].data[3]", null),
                ("predicted_probability", JsonKind.Number, "predicted_probability", null), ("SEX", JsonKind.Category, "SEX", null),
                ("RAC1P", JsonKind.Category, "RAC1P", null), ("prediction", JsonKind.Category, "outputs[0].data[0]", null), ("v", JsonKind.Category, "v", null),
            ],
            CountedColumns.Of(topic).Select(c => (c.Name, c.Kind, c.Path.Text, c.Integers)));
    }

    [Fact]
    public void Path_ChangesTheHash_AndComesBackFromShow()
    {
        PlanResult plain = Read(Json), pathed = Read(Json, "columns: { path: { AGEP: \"in.data[3]\" } }");
        Assert.NotEqual(plain.Plan!.Hash, pathed.Plan!.Hash);
        Assert.Contains("AGEP: \"in.data[3]\"", pathed.Effective, StringComparison.Ordinal);
        Assert.Equal(pathed.Plan.Hash, Configs.Read(pathed.Effective!).Plan!.Hash);
    }

    [Theory]
    [InlineData(Json, "columns: { path: { AGEP: \"data[x]\" } }", "bad_path")]
    [InlineData(Json, "columns: { path: { AGEP: \"\" } }", "wrong_kind")]
    [InlineData(Json, "columns: { path: { AGE: data } }", "not_in_baseline")]
    [InlineData(Json, "columns: { path: [AGEP] }", "wrong_kind")]
    [InlineData("sources: [{ topic: t }]", "columns: { path: { AGEP: data } }", "path_unused")]
    public void Path_IsChecked(string sources, string columns, string code) =>
        Assert.Equal([code], Read(sources, columns).Findings.Select(f => f.Code).Distinct());

    [Theory]
    [InlineData("columns: { path: { AGEP: a } }", "columns: { path: { AGEP: b } }", "'AGEP' as a number at a, 'employment' as a number at b")]
    [InlineData("columns: { time: at }", "columns: { time: { column: at, unit: s } }", "'at' as a time at at, 'employment' as a time in s at at")]
    [InlineData("columns: { version: { column: at } }", "columns: { time: at }", "'at' as a category at at, 'employment' as a time at at")]
    public void Models_OfOneTopic_AgreeOnItsColumns(string first, string second, string message)
    {
        const string shared = "sources: [{ topic: t, format: json, model: { header: h } }]";
        string text = Replaced(shared, second).Replace("models:\n",
            $"models:\n  - {{ id: a, owner: team, baseline: {{ file: b }}, {shared}, {first} }}\n", StringComparison.Ordinal);
        Finding finding = Assert.Single(Configs.Read(text).Findings);
        Assert.Equal("shared_topic", finding.Code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Empty(Configs.Read(text.Replace(second, first, StringComparison.Ordinal)).Findings);
    }

    private static PlanResult Read(string sources, string columns = "columns: { }") => Configs.Read(Replaced(sources, columns));

    private static string Replaced(string sources, string columns) =>
        Configs.WithModel(columns).Replace("sources: [{ topic: employment.predictions }]", sources, StringComparison.Ordinal);
}
