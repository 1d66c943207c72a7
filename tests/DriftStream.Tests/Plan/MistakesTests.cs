using System.Buffers;
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
        File.WriteAllText("/tmp/mistakes.txt", string.Concat(result.Findings.Select(f => FindingText.ForPeople(f, Configs.Text("mistakes.yaml")))));
        Assert.Equal(
        [
            "2:14 environment",
        ], Configs.Places(result));
    }

    [Fact]
    public void ForPeople_PointsAtThePlace()
    {
        string text = Configs.Text("minimal.yaml").Replace("owner:", "ower:", StringComparison.Ordinal);
        Finding finding = Configs.Read(text).Findings.Single(f => f.Code == "unknown_key");
        Assert.Equal(
            "conf/driftstream.yaml:5:5: error unknown key 'ower' in models[0] (unknown_key) - expected id, owner, sources, window, columns, "
            + "allowed_lateness, edges, rules, fire, resolve, stakeholders, purpose, runbook, tags, baseline; did you mean 'owner'?\n"
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
