using DriftStream.Cells;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("owner: nobody", "unknown_owner")]
    [InlineData("owner: [team, team]", "no_owner")]
    [InlineData("stakeholders: [team]", "duplicate_id")]
    [InlineData("stakeholders: [nobody]", "unknown_owner")]
    [InlineData("sources: []", "no_source")]
    [InlineData("sources: [{ topic: \"a b\" }]", "bad_id")]
    [InlineData("sources: [{ topic: a }, { topic: a }]", "duplicate_id")]
    [InlineData("sources: [{ topic: a }, { topic: b, provides: [employed] }]", "bad_choice")]
    [InlineData("labels: { within: 1d }", "no_label_source")]
    [InlineData("sources: [{ topic: a, model: { header: h, column: c } }]", "bad_selector")]
    [InlineData("sources: [{ topic: driftstream.verdicts }]", "own_topic")]
    [InlineData("baseline: { }", "bad_baseline")]
    [InlineData("baseline: { file: a, data: b }", "bad_baseline")]
    [InlineData("baseline: { file: a, learn: 7d }", "bad_baseline")]
    [InlineData("baseline: { learn: 7 }", "bad_duration")]
    [InlineData("baseline: { learn: 1s }", "out_of_range")]
    [InlineData("baseline: { learn: 7d, hash: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }", "bad_baseline")]
    [InlineData("baseline: { learn: 7d, calendar: hour_of_day }", "calendar_time")]
    [InlineData("baseline: { file: a, hash: sha256:12 }", "bad_hash")]
    [InlineData("baseline: { rolling: 7d, ending: 1d }", "no_fixed_baseline")]
    [InlineData("baseline: { version: previous }", "no_fixed_baseline")]
    [InlineData("baseline: [{ name: recent, rolling: 7d }]", "no_fixed_baseline")]
    [InlineData("baseline: []", "bad_baseline")]
    [InlineData("baseline: [{ file: a }]", "missing_key")]
    [InlineData("baseline: [{ name: a, file: a }, { rolling: 7d }]", "missing_key")]
    [InlineData("baseline: [{ name: a, file: a }, { name: a, rolling: 7d }]", "duplicate_id")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, file: b, rolling: 7d }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 7d, within: 7d }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, version: previous, ending: 7d }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, version: previous, calendar: hour_of_day }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 23h }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 36h, ending: 1h }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 1d, ending: 12h }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 7d, calendar: hour_of_day }]", "bad_baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, rolling: 7 }]", "bad_duration")]
    [InlineData("baseline: [{ name: a, learn: 7d }, { name: b, file: b }]", "baseline")]
    [InlineData("baseline: [{ name: a, file: a }, { name: b, learn: 7d }]", "bad_baseline")]
    [InlineData("window: { size: 1d, every: 7h }", "bad_window")]
    [InlineData("window: { size: 1h, every: 1d }", "bad_window")]
    [InlineData("window: { size: 400d, every: 1m }", "bad_window")]
    [InlineData("window: [{ size: 400d }, { size: 1s }]", "bad_window")]
    [InlineData("window: [{ size: 1d }, { size: 24h }]", "duplicate_id")]
    [InlineData("window: { size: 1d, extend_to: 36h }", "bad_window")]
    [InlineData("rules: [{ statistic: lost, alarm: { above: 1% }, urgent: true }]", "rule_target")]
    [InlineData("baseline: { data: a, calendar: hour_of_week }", "calendar_time")]
    [InlineData("window: { size: 1d, extend_to: 1h }", "bad_window")]
    [InlineData("window: { size: 1d, extend_to: 1d }", "bad_window")]
    [InlineData("window: { size: 1d, every: 1h, extend_to: 2d }", "bad_window")]
    [InlineData("window: { size: 6h, zone: Europe/Berlin }", "bad_window")]
    [InlineData("window: { size: 36h, zone: Europe/Berlin }", "bad_window")]
    [InlineData("window: { size: 7d, every: 12h, zone: Europe/Berlin }", "bad_window")]
    [InlineData("window: { size: 1d, offset: 6h, zone: Europe/Berlin }", "bad_window")]
    [InlineData("window: { size: 1d, zone: Europe/Atlantis }", "unknown_zone")]
    [InlineData("window: { size: 1d, zone: [Europe/Berlin] }", "wrong_kind")]
    [InlineData("window: [{ size: 1d, zone: Europe/Berlin }, { size: 1d }]", "duplicate_id")]
    [InlineData("window: []", "no_window")]
    [InlineData("window: { every: 1d }", "missing_key")]
    [InlineData("window: { size: 1ms }", "out_of_range")]
    [InlineData("window: 7d", "wrong_kind")]
    [InlineData("allowed_lateness: 5", "bad_duration")]
    [InlineData("allowed_lateness:", "no_value")]
    [InlineData("edges: 0", "out_of_range")]
    [InlineData("edges: many", "bad_number")]
    [InlineData("edges: { AGE: 10 }", "not_in_baseline")]
    [InlineData("fire: { after: 3 of 2 }", "bad_fire")]
    [InlineData("fire: { after: 0 of 2 }", "bad_fire")]
    [InlineData("resolve: { after: 0 }", "out_of_range")]
    [InlineData("columns: { groups: [SEX] }", "no_decision")]
    [InlineData("columns: { decision: prediction, groups: [SEX, SEX] }", "duplicate_id")]
    [InlineData("columns: { decision: prediction, groups: [[SEX, SEX]] }", "bad_group")]
    [InlineData("columns: { decision: prediction, groups: [AGEP] }", "not_in_baseline")]
    [InlineData("columns: { decision: { column: prediction, positive: yes } }", "bad_positive")]
    [InlineData("columns: { score: probability }", "not_in_baseline")]
    [InlineData("columns: { features: [AGE] }", "not_in_baseline")]
    [InlineData("columns: { features: some }", "bad_choice")]
    [InlineData("columns: { time: at, id: at }", "column_roles")]
    [InlineData("columns: { score: AGEP, features: [AGEP] }", "column_roles")]
    [InlineData("columns: { version: \"7\" }", "bad_version")]
    [InlineData("columns: { version: { value: \"7\", header: v } }", "bad_version")]
    [InlineData("columns: { time: { column: at, unit: minutes } }", "bad_choice")]
    public void Model_IsCheckedThrough(string lines, string code) => Assert.Equal([code], Codes(Replacing(lines)));

    [Theory]
    [InlineData("{ statistic: psi, alarm: { above: 1 } }", "rule_target")]
    [InlineData("{ signal: a, group: b, statistic: psi, alarm: { above: 1 } }", "rule_target")]
    [InlineData("{ group: \"*\", statistic: psi, alarm: { above: 1 } }", "rule_target")]
    [InlineData("{ signal: \"*\", statistic: demographic_parity_ratio, alarm: { below: 1 } }", "rule_target")]
    [InlineData("{ signal: SEX, statistic: ks, alarm: { above: 0.1 } }", "rule_target")]
    [InlineData("{ signal: AGE, statistic: ks, alarm: { above: 0.1 } }", "not_in_baseline")]
    [InlineData("{ signal: AGEP, statistic: sk, alarm: { above: 0.1 } }", "unknown_statistic")]
    [InlineData("{ signal: AGEP, statistic: ks, alarm: { above: 1.1 } }", "out_of_range")]
    [InlineData("{ signal: AGEP, statistic: ks, alarm: { above: -0.1 } }", "out_of_range")]
    [InlineData("{ signal: AGEP, statistic: ks, alarm: { } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: ks, alarm: { above: 0.1, below: 0.2 } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: ks, alarm: { above: 0.1, min_effect: 0.2 } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: missing, alarm: { calibrated: 1% } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { calibrated: 0 } }", "out_of_range")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { calibrated: 1%, confidence: 95% } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi }", "missing_key")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: cumsum } }", "bad_choice")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: page_hinkley } }", "trend_key")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: cusum, above: 0.1 } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: cusum, confidence: 95% } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: cusum, mean: 0.01 } }", "trend_key")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: cusum, alpha: 0.9 } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { above: 0.2, threshold: 3 } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: adwin, delta: 2 } }", "out_of_range")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { trend: adwin }, urgent: true }", "rule_target")]
    [InlineData("{ group: \"*\", statistic: demographic_parity_ratio, alarm: { trend: cusum } }", "bad_alarm")]
    [InlineData("{ statistic: lost, alarm: { trend: cusum } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, convention: deepchecks, alarm: { above: 0.2 } }", "needs_rows")]
    [InlineData("{ signal: AGEP, statistic: psi, convention: fidler, alarm: { above: 0.2 } }", "unknown_convention")]
    [InlineData("{ signal: \"*\", statistic: psi, convention: azure, alarm: { above: 0.2 } }", "rule_silent")]
    [InlineData("{ signal: AGEP, statistic: psi, severity: loud, alarm: { above: 0.2 } }", "bad_choice")]
    [InlineData("{ signal: prediction, statistic: share, alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ signal: prediction, statistic: share, cells: [], alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ signal: prediction, statistic: share, cells: [\"1\", \"1\"], alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ signal: prediction, statistic: share, cells: [\"1\", yes], alarm: { below: 30% } }", "not_in_baseline")]
    [InlineData("{ signal: AGEP, statistic: share, cells: [missing], alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ signal: \"*\", statistic: share, cells: [missing], alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ group: SEX, statistic: share, cells: [\"1\"], alarm: { below: 30% } }", "rule_target")]
    [InlineData("{ signal: prediction, statistic: psi, cells: [\"1\"], alarm: { above: 0.1 } }", "rule_target")]
    [InlineData("{ signal: prediction, statistic: share, cells: [\"1\"], alarm: { calibrated: 1% } }", "bad_alarm")]
    [InlineData("{ statistic: lost, alarm: { above: 1% }, goal: no row is lost }", "rule_target")]
    [InlineData("{ signal: \"*\", statistic: accuracy, alarm: { below: 0.9 } }", "rule_target")]
    [InlineData("{ statistic: recall, alarm: { below: 0.7 } }", "rule_target")] // the model has no label
    [InlineData("{ statistic: recall, alarm: { calibrated: 1% } }", "bad_alarm")]
    [InlineData("{ statistic: recall, alarm: { trend: cusum } }", "bad_alarm")]
    [InlineData("{ statistic: recall, alarm: { detector: ddm } }", "bad_alarm")]
    [InlineData("{ signal: AGEP, statistic: psi, alarm: { detector: ddm } }", "bad_alarm")]
    [InlineData("{ statistic: estimated_accuracy, alarm: { detector: ddm } }", "bad_alarm")]
    [InlineData("{ statistic: accuracy, alarm: { detector: dmm } }", "bad_choice")]
    [InlineData("{ statistic: accuracy, alarm: { detector: ddm, above: 0.9 } }", "bad_alarm")]
    [InlineData("{ statistic: accuracy, alarm: { detector: ddm, confidence: 95% } }", "bad_alarm")]
    [InlineData("{ statistic: accuracy, alarm: { detector: ddm, min_rows: 50 } }", "bad_alarm")]
    [InlineData("{ statistic: recall, alarm: { below: 70 } }", "out_of_range")]
    [InlineData("{ statistic: ece, alarm: { above: 0.1, confidence: 95% } }", "bad_alarm")]
    [InlineData("{ statistic: lost, alarm: { below_baseline_by: 1% } }", "bad_alarm")]
    public void Rule_IsCheckedThrough(string rule, string code) => Assert.Equal([code], Codes(Replacing($"rules: [{rule}]")));

    /// <summary>A rule that no row can ever answer is refused, with what the model lacks.</summary>
    [Theory]
    [InlineData("decision: prediction, score: predicted_probability", "recall", "the model has no label")]
    [InlineData("label: employed, score: predicted_probability", "recall", "the model has no decision")]
    [InlineData("label: employed, decision: prediction", "roc_auc", "the model has no score")]
    [InlineData("label: employed, decision: prediction, score: AGEP", "recall", "the baseline of 'employment' was counted without")]
    [InlineData("label: employed, decision: prediction, score: predicted_probability", "recall", null)]
    [InlineData("label: employed, decision: prediction, score: predicted_probability", "brier", "the baseline has scores that are not between 0 and 1")]
    [InlineData("label: employed, decision: prediction", "estimated_recall", "the model has no score")]
    [InlineData("label: employed, score: predicted_probability", "estimated_recall", "the model has no decision")]
    [InlineData("label: employed, decision: prediction, score: predicted_probability", "estimated_roc_auc",
        "fewer than 30 rows of the baseline have a score and a positive label")]
    public void RuleOnOutcomes_IsRefusedWhereItCanNeverBeJudged(string columns, string statistic, string? problem)
    {
        string lines = $"columns: {{ {columns} }}|rules: [{{ statistic: {statistic}, alarm: {{ below: 0.7 }} }}]";
        Finding[] findings = [.. Configs.Read(Configs.WithModel(lines)).Findings];
        if (problem is null) Assert.Empty(findings);
        else Assert.Contains(problem, Assert.Single(findings).Message, StringComparison.Ordinal);
        if (problem is not null) Assert.Equal(("rule_target", FindingSeverity.Error), (findings[0].Code, findings[0].Severity));
        // Rules for many models: of those without a label they say nothing, which is a warning.
        PlanResult shared = Configs.Read(Configs.WithFile("defaults: { rules: [{ statistic: recall, alarm: { below: 0.7 } }] }"));
        Assert.NotNull(shared.Plan);
        Finding silent = Assert.Single(shared.Findings, f => f.Code == "rule_silent");
        Assert.Contains("recall of 'employment' can never be judged", silent.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web: { listen: nowhere }", "bad_address")]
    [InlineData("web: { public_url: drift.example.org }", "bad_address")]
    [InlineData("web: { public_url: \"https://a:b@drift.example.org\" }", "bad_address")]
    [InlineData("web: { public_url: \"https://drift.example.org/?x=1\" }", "bad_address")]
    [InlineData("web: { metrics: { listen: nowhere } }", "bad_address")]
    [InlineData("web: { listen: \"127.0.0.1:9464\", metrics: { listen: \"127.0.0.1:9464\" } }", "bad_address")]
    [InlineData("web: { proxies: [everybody] }", "bad_network")]
    [InlineData("web: { certificate: { key: key.pem } }", "missing_key")]
    [InlineData("web: { certificate: { file: cert.pfx, password: secret } }", "wrong_kind")]
    [InlineData("web: { limits: { read: 0 } }", "out_of_range")]
    [InlineData("web: { read: everyone }", "bad_choice")]
    [InlineData("web: { read: token }", "web_read")]
    [InlineData("web: { read: token, token: { } }", "web_read")]
    [InlineData("web: { read: header, header: { user: X-User } }", "web_read")]
    [InlineData("web: { read: header, header: { user: \"X User\", from: [10.0.0.1] } }", "bad_header")]
    [InlineData("web: { read: header, header: { user: X-User, from: [10.0.0.0/99] } }", "bad_network")]
    [InlineData("web: { keep: 1h }", "out_of_range")]
    [InlineData("privacy: { k: 1001 }", "out_of_range")]
    [InlineData("topics: { principals: { readers: alice } }", "bad_principal")]
    [InlineData("engine: { flush: 0s }", "out_of_range")]
    [InlineData("engine: { counts_partitions: 0 }", "out_of_range")]
    [InlineData("gpu: always", "bad_choice")]
    [InlineData("gpu: { device: 0 }", "bad_choice")]
    [InlineData("limits: { message: 8MB }", "bad_size")]
    [InlineData("limits: { decompressed: 1KiB }", "bad_limits")]
    [InlineData("engine: { joins: { folder: state/joins } }", "relative_path")]
    [InlineData("engine: { joins: { table: file } }", "missing_key")]
    [InlineData("engine: { joins: { folder: /var/joins, table: disk } }", "bad_choice")]
    [InlineData("topics: { prefix: \"drift stream\" }", "bad_id")]
    [InlineData("time: { max_futur: 5m }", "unknown_key")]
    [InlineData("root_owner: nobody", "unknown_owner")]
    [InlineData("kafka: { client: { sasl.password: { file: nowhere } } }", "secret_file")]
    [InlineData("kafka: { client: { ssl.key.password: abc } }", "secret_in_text")]
    [InlineData("kafka: { client: { sasl.password: \"${PASSWORD}\" } }", "secret_environment")]
    [InlineData("kafka: { client: { bootstrap.servers: a } }", "owned_property")]
    [InlineData("kafka: { bootstrap: \"${NOWHERE}\" }", "environment")]
    [InlineData("kafka: { bootstrap: \"${\" }", "environment")]
    [InlineData("defaults: { window: { size: 0s } }", "out_of_range")]
    [InlineData("defaults: { owner: team }", "unknown_key")]
    public void Worker_IsCheckedThrough(string line, string code) => Assert.Equal([code], Codes(Configs.WithFile(line)));

    [Theory]
    [InlineData("a: &x 1", "yaml_anchor")]
    [InlineData("a: !!str b", "yaml_tag")]
    [InlineData("a: !Dangerous b", "yaml_tag")]
    [InlineData("? [a]|: b", "yaml_key")]
    [InlineData("web: { listen: none }|web: { listen: none }", "duplicate_key")]
    [InlineData("a: \"\\uD800\"", "yaml_syntax")]
    public void Yaml_ThatSurprises_IsRefused(string lines, string code) => Assert.Contains(code, Codes(Configs.WithFile(lines)));

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData("# nothing\n", "empty_file")]
    [InlineData("- a\n", "wrong_kind")]
    [InlineData("a: *x\n", "yaml_alias")]
    [InlineData("a: [1\n", "yaml_syntax")]
    [InlineData("a: b\n---\nc: d\n", "yaml_documents")]
    public void Text_ThatIsNoConfig_IsOneFinding(string text, string code) => Assert.Contains(code, Codes(text));

    [Fact]
    public void Depth_IsBounded()
    {
        Assert.Equal(["yaml_depth"], Codes("a: " + new string('[', 100_000)));
        Assert.Equal(["file_size"], Codes("a: " + new string('x', 1 << 20)));
    }

    [Fact]
    public void SharedTopic_WithoutSelector_IsRefused()
    {
        string text = Configs.Text("minimal.yaml")
            + "  - { id: another, owner: team, baseline: { file: b }, sources: [{ topic: employment.predictions }] }\n";
        Assert.Equal(["8:75 shared_topic"], Configs.Places(Configs.Read(text)));
        string half = text.Replace("[{ topic: employment.predictions }]\n", "[{ topic: employment.predictions, model: { column: m } }]\n",
            StringComparison.Ordinal);
        Assert.Equal(["shared_topic"], Codes(half));
    }

    [Fact]
    public void Owners_ThatWouldShareATopic_AreRefused()
    {
        string text = Configs.Text("minimal.yaml").Replace("owners:\n",
            "root_owner: team\nowners:\n  - { id: a.b, contact: c }\n  - { id: a_b, contact: c }\n", StringComparison.Ordinal);
        Assert.Equal(["4:11 duplicate_id"], Configs.Places(Configs.Read(text)));
    }

    /// <summary>What is wrong with an item of a list is told with what is misspelt in it.</summary>
    [Fact]
    public void BaselineOfNoKind_TellsItsMisspeltKeyToo() => Assert.Equal(
        ["bad_baseline", "unknown_key"], Codes(Replacing("baseline: [{ name: a, file: a }, { name: b, roling: 7d }]")).Order());

    [Fact]
    public void SlicesInAnotherOrder_AreTheSame() => Assert.Contains("duplicate_id", Codes(Replacing("slices: [[a, b], [b, a]]")));

    [Theory]
    [InlineData("pairs: [[AGEP, SEX], [SEX, AGEP]]", "duplicate_id"), InlineData("pairs: [AGEP]", "bad_pair"), InlineData("pairs: [[AGEP]]", "bad_pair")]
    [InlineData("pairs: [[AGEP, SEX, RAC1P]]", "bad_pair"), InlineData("pairs: [[AGEP, AGEP]]", "bad_pair")]
    public void Pairs_AreTwoColumns_EachPairOnce(string lines, string code) =>
        Assert.Equal([code], Configs.Read(Configs.WithModel(lines)).Findings.Select(f => f.Code));

    /// <summary>A rule names a pair as it is shown, or by its columns; what the pair has no statistic of is refused.</summary>
    [Theory]
    [InlineData("[AGEP, predicted_probability]", "correlation_shift", null), InlineData("AGEP x predicted_probability", "dependence_shift", null)]
    [InlineData("[AGEP, SEX]", "correlation_shift", "correlation_shift says nothing about 'AGEP x SEX', which is a pair, not of two numbers")]
    [InlineData("[AGEP, predicted_probability]", "psi", "psi says nothing about 'AGEP x predicted_probability', which is a pair")]
    [InlineData("AGEP", "dependence_shift", "dependence_shift says nothing about 'AGEP', which is numeric")]
    [InlineData("[SEX, AGEP]", "dependence_shift", "the baseline of 'employment' has no signal 'SEX x AGEP'")]
    public void Rules_OnPairs_NameOneThatThereIs(string signal, string statistic, string? problem)
    {
        PlanResult result = Configs.Read(Configs.WithModel(
            "columns: { score: predicted_probability }|pairs: [[AGEP, predicted_probability], [AGEP, SEX]]"
            + $"|rules: [{{ signal: {signal}, statistic: {statistic}, alarm: {{ above: 0.2 }} }}]"));
        Assert.Equal(problem is null ? [] : [problem], result.Findings.Select(f => f.Message));
    }

    /// <summary>A model with pairs has rules of their own among the default ones; they are in its plan, whose counts they change.</summary>
    [Fact]
    public void Pairs_AddDefaultRules_AndAreCounted()
    {
        DriftPlan without = Configs.Read(Configs.Text("minimal.yaml")).Plan!, with = Configs.Read(Configs.WithModel("pairs: [[AGEP, SEX]]")).Plan!;
        Assert.Equal(
            ["dependence_shift", "correlation_shift"],
            with.Models[0].Judgement.Rules.Select(r => r.Statistic).Skip(without.Models[0].Judgement.Rules.Length));
        Assert.Contains(with.Models[0].Counting.Signals, s => s.Key == "pair:AGEP x SEX");
        Assert.NotEqual(PlanDocument.Of(without).CountingHash, PlanDocument.Of(with).CountingHash);
    }

    [Fact]
    public void VersionToCompareWith_WhereRowsHaveNone_IsWarnedOf()
    {
        Finding finding = Assert.Single(Configs.Read(Replacing("baseline: [{ name: a, file: a }, { name: b, version: previous }]")).Findings);
        Assert.Equal(("no_version", FindingSeverity.Warning), (finding.Code, finding.Severity));
    }

    [Fact]
    public void SeveralOwners_WithoutARoot_AreWarnedOf()
    {
        PlanResult result = Configs.Read(Configs.Text("minimal.yaml").Replace("models:", "  - { id: b, contact: c }\nmodels:",
            StringComparison.Ordinal));
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal(("root_owner_guessed", FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Equal("team", result.Plan!.Root.Id);
    }

    [Fact]
    public void Baseline_ThatCannotBeLoaded_SaysWhy()
    {
        PlanResult result = Configs.Read(Configs.Text("minimal.yaml"), _ => BaselineLoad.Failed("no such file"));
        Finding finding = Assert.Single(result.Findings);
        Assert.Equal(("baseline", 7, 15), (finding.Code, finding.Line, finding.Column));
        Assert.Contains("no such file", finding.Message, StringComparison.Ordinal);
        Assert.Single(result.Requests);
    }

    [Fact]
    public void Pin_MustBeTheHash()
    {
        string right = Replacing($"baseline: {{ file: a, hash: \"{Configs.Employment.Hash}\" }}");
        Assert.Empty(Configs.Read(right).Findings);
        string wrong = right.Replace("sha256:a", "sha256:b", StringComparison.Ordinal);
        Assert.Equal(["7:32 baseline_hash"], Configs.Places(Configs.Read(wrong)));
    }

    [Fact]
    public void Boolean_TrueIsPositiveByDefault()
    {
        BaselineSignal decision = new("approved", SignalRole.Decision, ["approved"], Layout.Categorical(["false", "true"]), [0, 0, 0, 0]);
        PlanResult result = Configs.Read(Replacing("columns: { decision: approved }"), _ =>
            BaselineLoad.Of(Configs.Employment with { Signals = [decision] }));
        Assert.Empty(result.Findings);
    }

    private static string[] Codes(string text) => [.. Configs.Read(text).Findings.Select(f => f.Code)];

    /// <summary>The minimal config with the model's line of that key replaced, or added.</summary>
    private static string Replacing(string line)
    {
        string key = "    " + line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)];
        string[] lines = Configs.Text("minimal.yaml").TrimEnd('\n').Split('\n');
        int at = Array.FindIndex(lines, l => l.StartsWith(key, StringComparison.Ordinal));
        if (at < 0) return Configs.WithModel(line);
        lines[at] = "    " + line;
        return string.Join('\n', lines) + "\n";
    }
}
