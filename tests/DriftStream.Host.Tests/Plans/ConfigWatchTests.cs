using DriftStream.Host.Files;
using DriftStream.Host.Plans;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

public sealed class ConfigWatchTests : IDisposable
{
    private readonly ConfigFolder _files = new();

    [Fact]
    public void FilesThatStay_HaveNotChanged()
    {
        ConfigWatch watch = Read();
        Assert.Equal([false, false, false], Ask(watch, 3));
    }

    [Fact]
    public void Change_IsToldOnce_WhenItIsTheSameAtTwoLooks()
    {
        ConfigWatch watch = Read();
        _files.Write(", window: { size: 2d }");
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.NotNull(watch.Read().Plan);
        Assert.Equal([false, false], Ask(watch, 2));
    }

    [Fact]
    public void TwoChangesInQuickSuccession_AreToldOnce_AfterTheSecond()
    {
        ConfigWatch watch = Read();
        _files.Write(", window: { size: 2d }");
        Assert.False(watch.HasChanged());
        _files.Write(", window: { size: 3d }");
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.Equal(3 * 86_400_000_000, watch.Read().Plan!.Models[0].Windows.Windows[0].Size);
        Assert.Equal([false, false], Ask(watch, 2));
    }

    [Fact]
    public void ChangeThatIsTakenBack_IsNone()
    {
        ConfigWatch watch = Read();
        DateTime at = File.GetLastWriteTimeUtc(_files.Config);
        _files.Write(", window: { size: 2d }");
        Assert.False(watch.HasChanged());
        _files.Write();
        File.SetLastWriteTimeUtc(_files.Config, at);
        Assert.Equal([false, false], Ask(watch, 2));
    }

    [Fact]
    public void Content_CountsWhereTimeAndLengthAreTheSame()
    {
        ConfigWatch watch = Read();
        DateTime at = File.GetLastWriteTimeUtc(_files.Config);
        _files.Text(File.ReadAllText(_files.Config).Replace("name: Team", "name: Crew", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(_files.Config, at);
        Assert.Equal([false, true], Ask(watch, 2));
    }

    [Fact]
    public void BaselineAndSecret_AreWatchedToo_AndFilesThatAreNotThereYet()
    {
        ConfigWatch watch = Read();
        _files.Baseline(60);
        Assert.Equal([false, true], Ask(watch, 2));

        string secret = Path.Combine(_files.Path, "password");
        _files.Worker = "kafka: { client: { sasl.password: { file: password } } }";
        _files.Write();
        Assert.Null(watch.Read().Plan); // there is no such file
        Assert.Equal([false, false], Ask(watch, 2));
        File.WriteAllText(secret, "one");
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.Equal("one", watch.Read().Plan!.Kafka.Client["sasl.password"]);
        File.WriteAllText(secret, "three");
        Assert.Equal([false, true], Ask(watch, 2));
    }

    [Fact]
    public void BrokenFile_IsToldOnce_AndSoIsItsMending()
    {
        ConfigWatch watch = Read();
        _files.Text("models: [");
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.Null(watch.Read().Plan);
        Assert.Equal([false, false], Ask(watch, 2));
        File.Delete(_files.Config);
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.Equal("unreadable", watch.Read().Findings[0].Code);
        _files.Write();
        Assert.Equal([false, true], Ask(watch, 2));
        Assert.NotNull(watch.Read().Plan);
    }

    [Fact]
    public void ConfigMap_ThatIsSwappedByItsFoldersLink_HasChanged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        // As the kubelet lays it out: driftstream.yaml -> ..data/driftstream.yaml, ..data -> ..1; a new version is ..2, and ..data is turned to it.
        string mount = Path.Combine(_files.Path, "mount");
        DateTime at = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (string version in (string[])["..1", "..2"])
        {
            Directory.CreateDirectory(Path.Combine(mount, version));
            foreach (string name in (string[])["driftstream.yaml", "m.csv", "n.csv"])
            {
                File.Copy(Path.Combine(_files.Path, name), Path.Combine(mount, version, name));
                File.SetLastWriteTimeUtc(Path.Combine(mount, version, name), at);
            }
        }

        File.CreateSymbolicLink(Path.Combine(mount, "..data"), "..1");
        foreach (string name in (string[])["driftstream.yaml", "m.csv", "n.csv"])
            File.CreateSymbolicLink(Path.Combine(mount, name), Path.Combine("..data", name));
        string config = Path.Combine(mount, "driftstream.yaml");
        var files = new BaselineFiles();
        var watch = new ConfigWatch(config, reading => Host.Commands.PlanFile.Read(config, files, reading));
        Assert.NotNull(watch.Read().Plan);
        Assert.Equal([false, false], Ask(watch, 2));

        // Every file is the same to the last bit and time: the folder alone is another one.
        File.Delete(Path.Combine(mount, "..data"));
        File.CreateSymbolicLink(Path.Combine(mount, "..data"), "..2");
        Assert.Equal([false, true], Ask(watch, 2));
        watch.Read();
        Assert.Equal([false, false], Ask(watch, 2));
    }

    public void Dispose() => _files.Dispose();

    private ConfigWatch Read()
    {
        ConfigWatch watch = _files.Watch();
        Assert.NotNull(watch.Read().Plan);
        return watch;
    }

    private static bool[] Ask(ConfigWatch watch, int times) => [.. Enumerable.Range(0, times).Select(_ => watch.HasChanged())];
}
