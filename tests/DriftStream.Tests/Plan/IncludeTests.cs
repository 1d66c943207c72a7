using System.Collections.Immutable;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>A config of several files is the config of one.</summary>
public sealed class IncludeTests
{
    private const string Main = "include: [teams/*.yaml]\nroot_owner: team\n";

    private static readonly string Team = Configs.Text("minimal.yaml");

    private const string Other = """
        owners:
          - { id: other, contact: o, escalate: { to: team, after: 4h }, hours: { zone: UTC, from: "09:00", to: "17:00", holidays: { file: days } } }
        models:
          - id: second
            owner: team
            sources: [{ topic: second }]
            baseline: { file: second.baseline }
        """;

    private readonly List<string> _baselines = [], _asked = [];

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    /// <summary>The hash covers what is said, not where.</summary>
    [Fact]
    public void SplittingAFile_KeepsTheHash()
    {
        PlanResult split = Read(Main, ("a.yaml", Team), ("b.yaml", Other));
        Assert.Empty(split.Findings);
        string owners = "owners:\n  - { id: team, contact: team@example.org }\n";
        string whole = owners + Other.Replace("file: days", "file: teams/days", StringComparison.Ordinal)
            .Replace("owners:\n", "", StringComparison.Ordinal) + "\n"
            + Team[Team.IndexOf("  - id: employment", StringComparison.Ordinal)..] + "root_owner: team\n";
        PlanResult one = Read(whole);
        Assert.Empty(one.Findings);
        Assert.Equal(one.Plan!.Hash, split.Plan!.Hash);
        Assert.Equal(["employment", "second"], split.Plan.Models.Select(m => m.Id));
        Assert.Equal([new DateOnly(2026, 12, 25)], split.Plan.Owners["other"].Hours!.Holidays);
    }

    [Fact]
    public void Paths_AreFromTheFolderOfTheirFile()
    {
        PlanResult result = Read(Main, ("a.yaml", Team), ("b.yaml", Other));
        Assert.Equal([InFolder("teams/employment.baseline"), InFolder("teams/second.baseline")], _baselines);
        Assert.Equal(InFolder("teams/*.yaml"), Assert.Single(_asked));
        // Written out as one file, in the place of the config.
        _baselines.Clear();
        PlanResult again = Read(result.Effective!);
        Assert.Equal([InFolder("teams/employment.baseline"), InFolder("teams/second.baseline")], _baselines);
        Assert.Equal(result.Plan!.Hash, again.Plan!.Hash);
    }

    [Fact]
    public void AnIdTwice_NamesBothPlaces()
    {
        PlanResult result = Read(Main, ("a.yaml", Team), ("b.yaml", Team));
        Assert.Equal(
            [
                $"{InFolder("teams/b.yaml")}:2:11: error an owner 'team' would share its topic with the one on {InFolder("teams/a.yaml")}:2 (duplicate_id)\n",
                $"{InFolder("teams/b.yaml")}:4:9: error a second model 'employment' (duplicate_id) - the first is on {InFolder("teams/a.yaml")}:4\n",
            ],
            result.Findings.Select(f => FindingText.ForPeople(f)));
    }

    [Theory]
    [InlineData("gpu: off", "not_of_a_team")]
    [InlineData("include: [more.yaml]", "not_of_a_team")]
    [InlineData("defaults: { edges: 3 }", "not_of_a_team")]
    [InlineData("models: []", "no_model")]
    [InlineData("owners: [{ id: x, contact: c, zzz: 1 }]", "unknown_key")]
    [InlineData("}", "yaml_syntax")]
    public void Findings_NameTheFile(string text, string code)
    {
        Finding finding = Assert.Single(Read(Main, ("a.yaml", Team), ("b.yaml", text)).Findings, f => f.File != Configs.File);
        Assert.Equal((code, InFolder("teams/b.yaml"), 1), (finding.Code, finding.File, finding.Line));
    }

    [Theory]
    [InlineData("include: [team/*.yaml]\n", "nothing_included")]
    [InlineData("include: [teams/*.yaml, teams/*.yaml]\n", "duplicate_id")]
    [InlineData("include: teams/*.yaml\n", "wrong_kind")]
    public void Include_IsCheckedThrough(string line, string code)
    {
        string main = line + Team.Replace("employment", "main", StringComparison.Ordinal).Replace("team", "main", StringComparison.Ordinal);
        Assert.Contains(Read(main, ("a.yaml", Team)).Findings, f => f.Code == code && f.File == Configs.File && f.Line == 1);
    }

    [Fact]
    public void WithoutFiles_NothingIsThere() =>
        Assert.Equal(["1:1 missing_key", "1:1 missing_key", "1:11 nothing_included", "2:13 unknown_owner"], Configs.Places(Read(Main)));

    private PlanResult Read(string main, params (string Name, string Text)[] teams)
    {
        _files.Clear();
        foreach ((string name, string text) in teams) _files.Add(InFolder($"teams/{name}"), text);
        _files.Add(InFolder("teams/days"), "# bank holidays\n\n2026-12-25 # Christmas\n");
        return PlanReader.Read(Configs.File, main, Baseline, _ => null, file => _files.GetValueOrDefault(file), Matching);
    }

    private ImmutableArray<string> Matching(string pattern)
    {
        _asked.Add(pattern);
        return pattern == InFolder("teams/*.yaml")
            ? [.. _files.Keys.Where(f => f.EndsWith(".yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];
    }

    private BaselineLoad Baseline(BaselineRequest request)
    {
        _baselines.Add(request.Path);
        return BaselineLoad.Of(Configs.Employment);
    }

    private static string InFolder(string path) => Path.Combine("conf", path);
}
