using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class MistakesTests
{
    [Fact]
    public void Mistakes_AreAllFoundAtOnce()
    {
        PlanResult result = Configs.Read(Configs.Text("mistakes.yaml"));
        Assert.Null(result.Plan);
        Assert.Equal(
        [
            "2:14 environment",
            "3:28 secret_in_text",
            "3:37 owned_property",
            "4:18 bad_duration",
            "5:20 bad_size",
            "7:9 bad_id",
            "11:9 duplicate_id",
            "13:13 unknown_owner",
            "15:5 no_owner",
            "16:5 unknown_key",
            "18:26 no_fixed_baseline",
            "19:32 bad_window",
            "20:20 bad_fire",
            "21:5 duplicate_key",
            "23:35 unknown_statistic",
            "24:75 bad_rate",
            "25:56 out_of_range",
            "26:52 needs_rows",
            "26:68 bad_alarm",
            "29:24 shared_topic",
            "30:23 not_in_baseline",
            "30:44 no_decision",
            "30:62 not_in_baseline",
            "32:23 bad_duration",
        ], Configs.Places(result));
    }

    [Fact]
    public void ForPeople_PointsAtThePlace()
    {
        string text = Configs.Text("minimal.yaml").Replace("owner:", "ower:", StringComparison.Ordinal);
        Finding finding = Configs.Read(text).Findings.Single(f => f.Code == "unknown_key");
        Assert.Equal(
            "conf/driftstream.yaml:5:5: error unknown key 'ower' in models[0] (unknown_key) - expected id, owner, sources, "
            + "window, columns, allowed_lateness, edges, rules, fire, resolve, slices, pairs, false_alarms, recommend, stakeholders, purpose, runbook, "
            + "tags, baseline, goal, rollback_to, retire, law, labels, kpis; did you mean 'owner'?\n"
            + "    5 |     ower: team\n"
            + "      |     ^\n",
            FindingText.ForPeople(finding, text));
    }

    [Fact]
    public void Secrets_AreNeverPrinted()
    {
        const string secret = "hunter2";
        string text = Configs.WithFile($"kafka: {{ client: {{ sasl.password: {secret} }} }}");
        PlanResult result = Configs.Read(text);
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal((Finding.SecretInText, 1, 35), (finding.Code, finding.Line, finding.Column));
        Assert.DoesNotContain(secret, FindingText.ForPeople(finding, text), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, Json(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_AreNotPrintedByOtherFindingsOfTheirLine()
    {
        const string secret = "hunter2";
        string text = Configs.WithFile($"kafka: {{ client: {{ sasl.mechnism: x, sasl.password: {secret}, group.id: x }} }}");
        ImmutableArray<Finding> findings = Configs.Read(text).Findings;
        Assert.True(findings.Length > 1);
        Assert.DoesNotContain(secret, string.Concat(FindingText.ForPeople(findings, _ => text)), StringComparison.Ordinal);
        var unseen = new Finding("any", FindingSeverity.Error, "f", 1, 45, "any");
        Assert.Equal(
            "f:1:45: error any (any)\n    1 | url: \"smtp://u:*******@mail.example.org\", from: x\n      | " + new string(' ', 44) + "^\n",
            FindingText.ForPeople(unseen, "url: \"smtp://u:hunter2@mail.example.org\", from: x"));
    }

    [Fact]
    public void Names_WithLineBreaks_StayOnTheLine()
    {
        var finding = new Finding("any", FindingSeverity.Error, "f", 1, 1, "no owner has the id 'a\r\nb:1:1: error forged'", "a\nb", "c\u2028d");
        Assert.Equal(
            "f:1:1: error no owner has the id 'a\\u{D}\\u{A}b:1:1: error forged' (any) - expected a\\u{A}b; c\\u{2028}d\n",
            FindingText.ForPeople(finding));
    }

    [Fact]
    public void Json_SaysTheSame()
    {
        PlanResult result = Configs.Read(Configs.Text("mistakes.yaml"));
        using JsonDocument document = JsonDocument.Parse(Json(result));
        Assert.Equal(
            result.Findings.Select(f => (f.Code, f.Line, f.Column, f.Message, f.Hint)),
            document.RootElement.EnumerateArray().Select(e => (e.GetProperty("code").GetString()!, e.GetProperty("line").GetInt32(),
                e.GetProperty("column").GetInt32(), e.GetProperty("message").GetString()!, e.GetProperty("hint").GetString())));
    }

    private static string Json(PlanResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) FindingText.WriteJson(json, result.Findings);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
