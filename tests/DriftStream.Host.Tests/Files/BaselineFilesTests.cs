using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Files;

public sealed class BaselineFilesTests : IDisposable
{
    private static readonly DateTime At = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-baselines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void File_IsReadOnceAReading_AndAgainOnlyWhereItHasChanged()
    {
        string file = Write("m.baseline", 10, At);
        var files = new BaselineFiles();
        files.Begin();
        Baseline first = Load(files, file);
        Assert.Same(first, Load(files, file));
        files.Begin();
        Assert.Same(first, Load(files, file));
        Write("m.baseline", 20, At.AddSeconds(1));
        // What one reading has seen stays as it was.
        Assert.Same(first, Load(files, file));
        files.Begin();
        Assert.Equal(20, Load(files, file).Rows);
        files.Begin();
        files.Begin();
        Assert.NotSame(first, Load(files, file));
    }

    [Fact]
    public void LinkThatIsTurned_IsAnotherFile_WhateverItsTime()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        string link = Path.Combine(_folder, "link.baseline");
        File.CreateSymbolicLink(link, Write("a.baseline", 10, At));
        var files = new BaselineFiles();
        files.Begin();
        Assert.Equal(10, Load(files, link).Rows);
        File.Delete(link);
        File.CreateSymbolicLink(link, Write("b.baseline", 20, At));
        files.Begin();
        Assert.Equal(20, Load(files, link).Rows);
    }

    [Fact]
    public void FileThatCouldNotBeRead_IsTriedAgain()
    {
        string file = Path.Combine(_folder, "m.baseline");
        var files = new BaselineFiles();
        files.Begin();
        Assert.NotNull(files.Load(Request(file)).Problem);
        Write("m.baseline", 10, At);
        files.Begin();
        Assert.Equal(10, Load(files, file).Rows);
    }

    private string Write(string name, long rows, DateTime at)
    {
        string file = Path.Combine(_folder, name);
        BaselineSignal signal = new("x", SignalRole.Feature, ["x"], Layout.Numeric([1, 2.5]), [rows, 0, 0, 0, 0]);
        File.WriteAllBytes(file, BaselineFile.Write(BaselineFile.Hashed("m", rows, [signal])));
        File.SetLastWriteTimeUtc(file, at);
        return file;
    }

    private static Baseline Load(BaselineFiles files, string path) => files.Load(Request(path)).Baseline!;

    private static BaselineRequest Request(string path) => new(BaselineOrigin.File, path, BaselineSettings.Of("m"));
}
