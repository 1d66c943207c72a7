using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Plans;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class FilePatternTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-pattern-").FullName;

    [Theory]
    [InlineData("teams/*.yaml", "teams/a.yaml teams/b.yaml")]
    [InlineData("teams/?.yaml", "teams/a.yaml teams/b.yaml")]
    [InlineData("*/a.yaml", "teams/a.yaml")]
    [InlineData("teams/a.yaml", "teams/a.yaml")]
    [InlineData("teams/.*.yaml", "teams/.#a.yaml")]
    [InlineData("teams", "")]
    [InlineData("team/*.yaml", "")]
    [InlineData("teams/c.yaml", "")]
    [InlineData("*", "driftstream.yaml")]
    public void Files_OfAPattern(string pattern, string files)
    {
        string[] all = ["driftstream.yaml", "teams/a.yaml", "teams/b.yaml", "teams/b.yml", "teams/.#a.yaml", "teams/more/c.yaml"];
        foreach (string file in all) Put(file, "");
        Assert.Equal(
            files.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => Path.Combine(_folder, f)),
            FilePattern.Matching(Path.Combine(_folder, pattern)));
    }

    /// <summary>A worker takes up a file that is changed, one that comes and one that goes; what is wrong in it is shown with its line.</summary>
    [Fact]
    public void IncludedFiles_AreWatched_AndTheirFindingsShown()
    {
        string config = Put("driftstream.yaml", "include: [teams/*.yaml]\nroot_owner: team\n");
        Put("teams/a.yaml", "owners: [{ id: team, contact: t }]\n");
        Put("teams/m.yaml", "models: [{ id: m, owner: team, sources: [{ topic: a }], baseline: { data: rows.csv } }]\n");
        Put("teams/rows.csv", string.Join('\n', ["x", .. Enumerable.Range(0, 50)]));
        var watch = new ConfigWatch(config, reading => PlanFile.Read(config, new BaselineFiles(), reading));
        PlanResult first = watch.Read();
        Assert.Empty(first.Findings);
        Assert.Equal([false, false], Ask(watch));
        Put("teams/a.yaml", "owners: [{ id: team, contact: nobody }]\n");
        Assert.Equal([false, true], Ask(watch));
        Assert.NotEqual(first.Plan!.Hash, watch.Read().Plan!.Hash);
        Put("teams/z.yaml", "owners:\n  - { id: other }\n");
        Assert.Equal([false, true], Ask(watch));
        var shown = new StringWriter();
        PlanFile.Write(watch.Read().Findings, shown);
        Assert.StartsWith($"{Path.Combine(_folder, "teams", "z.yaml")}:2:11: error owner 'other' has no contact", shown.ToString());
        Assert.Contains("    2 |   - { id: other }", shown.ToString(), StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "teams", "z.yaml"));
        Assert.Equal([false, true], Ask(watch));
        Assert.NotNull(watch.Read().Plan);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Put(string file, string text)
    {
        string path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private static bool[] Ask(ConfigWatch watch) => [watch.HasChanged(), watch.HasChanged()];
}
