using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DriftStream.Plan;
using DriftStream.Statistics;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>The schema that editors read says what <see cref="PlanReader"/> does: the same keys, words, defaults and shapes.</summary>
public sealed partial class SchemaTests
{
    /// <summary>A key that no mapping has, in every mapping that a config may hold.</summary>
    private const string Unknown = """
        zzz: 1
        kafka: { zzz: 1, client: { debug: { file: secrets/kafka, zzz: 1 } } }
        web:
          { zzz: 1, token: { zzz: 1 }, header: { zzz: 1 }, metrics: { zzz: 1 }, limits: { zzz: 1 },
            certificate: { zzz: 1, file: a, password: { zzz: 1, file: b } } }
        privacy: { zzz: 1 }
        engine: { zzz: 1, id_secret: { file: secrets/ids, zzz: 1 }, joins: { zzz: 1 } }
        time: { zzz: 1 }
        topics: { zzz: 1, principals: { zzz: 1 } }
        limits: { zzz: 1 }
        desk: { zzz: 1, respond: { zzz: 1 } }
        owners:
          - id: team
            contact: here
            zzz: 1
            hours: { zone: UTC, from: "09:00", to: "17:00", holidays: { file: secrets/kafka, zzz: 1 }, zzz: 1 }
            escalate: { to: team, after: 4h, zzz: 1 }
            webhooks: [{ name: a, format: slack, url: b, zzz: 1 }]
        defaults: { zzz: 1 }
        models:
          - id: employment
            zzz: 1
            owner: team
            goal: { text: x, zzz: 1 }
            recommend: { zzz: 1, retrain: { zzz: 1 } }
            law: [{ rule: x, zzz: 1 }]
            kpis: [{ id: x, statistic: mean, signal: AGEP, at_most: 1, zzz: 1 }]
            labels: { within: 1d, zzz: 1 }
            sources: [{ topic: a, zzz: 1, model: { header: x, zzz: 1 } }]
            baseline: { file: x, zzz: 1 }
            columns:
              zzz: 1
              time: { column: t, zzz: 1 }
              version: { value: "7", zzz: 1 }
              decision: { column: prediction, zzz: 1 }
              label: { column: employed, zzz: 1, time: { column: u, zzz: 1 } }
              groups: [{ pairs: [SEX, RAC1P], zzz: 1 }]
              features: { except: [a], zzz: 1 }
              attributions: { prefix: x, zzz: 1 }
              vectors: [{ name: v, of: [a, b], as: norm, zzz: 1 }]
            window: { size: 1d, zzz: 1 }
            rules: [{ signal: "*", statistic: psi, zzz: 1, alarm: { above: 0.1, zzz: 1 } }]
            fire: { zzz: 1 }
            resolve: { zzz: 1 }
          - id: second
            owner: team
            sources: [{ topic: b }]
            baseline: [{ name: a, file: x, zzz: 1 }]
        """;

    private static readonly SchemaText Schema = new(JsonNode.Parse(Repository.Read("docs/driftstream.schema.json"))!.AsObject());

    [Fact]
    public void Keys_AreThoseThatThePlanReads()
    {
        var met = new HashSet<JsonObject>();
        foreach (Finding finding in Configs.Read(Unknown).Findings.Where(f => f.Code == "unknown_key"))
        {
            string path = UnknownKey().Match(finding.Message).Groups["path"].Value;
            JsonObject mapping = Schema.At(path == "the file" ? "" : path, "properties");
            met.Add(mapping);
            Assert.Equal(finding.Expected!.Split(", ").Order(), mapping["properties"]!.AsObject().Select(p => p.Key).Order());
            Assert.False((bool)mapping["additionalProperties"]!, path);
        }

        Assert.Equal(Schema.Mappings.Select(m => m.GetPath()).Order(), met.Select(m => m.GetPath()).Order());
    }

    [Theory]
    [InlineData("models[0].sources[0].format", "sources: [{ topic: a, format: zzz }]")]
    [InlineData("models[0].law[0].risk", "law: [{ rule: x, risk: zzz }]|    sources: [{ topic: a }]")]
    [InlineData("models[0].columns.time.unit", "columns: { time: { column: t, unit: zzz } }")]
    [InlineData("models[0].rules[0].severity", "rules: [{ signal: a, statistic: psi, severity: zzz, alarm: { above: 1 } }]")]
    [InlineData("models[0].rules[0].statistic", "rules: [{ signal: a, statistic: zzz, alarm: { above: 1 } }]")]
    public void Words_AreThoseThatThePlanKnows(string path, string lines)
    {
        string config = Configs.Text("minimal.yaml").Replace("    sources: [{ topic: employment.predictions }]\n", "", StringComparison.Ordinal)
            + $"    {lines.Replace("|", "\n", StringComparison.Ordinal)}\n";
        Finding finding = Assert.Single(Configs.Read(config).Findings, f => f.Message.Contains("'zzz'", StringComparison.Ordinal));
        Assert.Equal(finding.Expected!.Split(", ").Order(), Schema.Words(path).Order());
    }

    [Fact]
    public void Conventions_AreThoseOfTheCatalogue() => Assert.Equal(
        StatisticCatalog.Entries.Select(e => e.Convention).OfType<string>().Distinct().Order(),
        Schema.Words("models[0].rules[0].convention").Order());

    /// <summary>What <c>check --show</c> writes and nobody wrote is a default, which the schema says too, unless it follows from another key.</summary>
    [Fact]
    public void Defaults_AreThoseThatCheckWritesOut()
    {
        string[] follow =
        [
            "owners[0].name", "root_owner", "models[0].edges.*", "web.read",
            "models[0].window[0].size", "models[0].window[0].every", "models[0].window[0].name",
        ];
        string minimal = Configs.Text("minimal.yaml");
        Dictionary<string, string> written = YamlTree.Scalars(minimal), defaults = Schema.Defaults().ToDictionary(d => d.Path, d => d.Value);
        int compared = 0;
        foreach ((string path, string value) in YamlTree.Scalars(Configs.Read(minimal).Effective!))
        {
            if (written.ContainsKey(path) || follow.Contains(path)) continue;
            // Rules are a default as a whole; of the first of them what nobody writes is compared.
            bool ofRule = path.StartsWith("models[0].rules", StringComparison.Ordinal);
            if (ofRule && path is not ("models[0].rules[0].severity" or "models[0].rules[0].alarm.min_effect")) continue;
            Assert.True(defaults.TryGetValue(path, out string? known), $"{path} has no default in the schema: {value}");
            Assert.Equal((path, value), (path, known));
            compared++;
        }

        Assert.InRange(compared, 33, int.MaxValue);
    }

    [Fact]
    public void Alarms_AreThoseThatThePlanReads()
    {
        JsonObject alarm = Schema.At("models[0].rules[0].alarm", "oneOf");
        Assert.Equal(AlarmKeys.All, alarm["oneOf"]!.AsArray().Select(k => (string)k!["required"]!.AsArray().Single()!));
    }

    [Theory]
    [InlineData("samples/employment/driftstream.yaml")]
    [InlineData("samples/employment/labels.yaml")]
    [InlineData("samples/compose/driftstream.yaml")]
    [InlineData("tests/DriftStream.Tests/Plan/configs/example.yaml")]
    [InlineData("tests/DriftStream.Tests/Plan/configs/minimal.yaml")]
    public void Config_IsValid(string path) => Assert.Empty(Schema.Problems(YamlTree.Parse(Repository.Read(path))));

    [Fact]
    public void EffectiveConfig_IsValid() =>
        Assert.Empty(Schema.Problems(YamlTree.Parse(Configs.Read(Configs.Text("example.yaml")).Effective!)));

    [Theory]
    [InlineData("kafkaa: {}", "/kafkaa")]
    [InlineData("time: { max_future: 5 }", "/time/max_future")]
    [InlineData("time: { max_future: 1.5h }", "/time/max_future")]
    [InlineData("limits: { message: 8MB }", "/limits/message")]
    [InlineData("limits: { columns: 0 }", "/limits/columns")]
    [InlineData("engine: { threads: many }", "/engine/threads")]
    [InlineData("defaults: { rules: [{ signal: a, group: b, statistic: psi, alarm: { above: 1 } }] }", "/defaults/rules/0")]
    [InlineData("defaults: { fire: { after: 2 from 3 } }", "/defaults/fire/after")]
    [InlineData("defaults: { edges: many }", "/defaults/edges")]
    [InlineData("defaults: { window: [] }", "/defaults/window")]
    public void Mistake_IsFoundWhereItStands(string line, string path)
    {
        string config = Configs.WithFile(line);
        Assert.NotEmpty(Configs.Read(config).Findings);
        Assert.Contains(Schema.Problems(YamlTree.Parse(config)), p => p.StartsWith(path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("samples/employment/driftstream.yaml")]
    [InlineData("samples/employment/labels.yaml")]
    [InlineData("samples/compose/driftstream.yaml")]
    public void Sample_NamesTheSchema(string path)
    {
        const string line = "# yaml-language-server: $schema=";
        string first = Repository.Read(path).Split('\n')[0];
        Assert.StartsWith(line, first, StringComparison.Ordinal);
        string schema = Path.GetFullPath(first[line.Length..], Path.GetDirectoryName(Path.Combine(Repository.Root, path))!);
        Assert.Equal(Path.Combine(Repository.Root, "docs/driftstream.schema.json"), schema);
    }

    [GeneratedRegex(@"^unknown key 'zzz' in (?<path>.+)$")]
    private static partial Regex UnknownKey();
}
