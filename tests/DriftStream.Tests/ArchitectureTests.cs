using System.Text.RegularExpressions;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests;

/// <summary>What ARCHITECTURE.md points at is there: each file, and in it each member.</summary>
public sealed partial class ArchitectureTests
{
    private const int MostLines = 200;

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "ARCHITECTURE.md"));

    [Fact]
    public void Page_IsShort() => Assert.InRange(Lines.Length, 50, MostLines);

    [Fact]
    public void Stops_AreThere_EachWithItsMembers()
    {
        (string File, string Member)[] stops = [.. Section("## The way of a row").SelectMany(Pointers)];
        Assert.InRange(stops.Length, 14, 60);
        AllAreThere(stops);
    }

    [Fact]
    public void PlacesToChange_AreThere()
    {
        string[] rows = Section("## Where to change what");
        Assert.InRange(rows.Length, 10, 20);
        Assert.All(rows, r => Assert.NotEmpty(Pointers(r)));
        AllAreThere(rows.SelectMany(Pointers));
    }

    [Theory]
    [InlineData("`Windows/WindowLedger.Apply`", null)]
    [InlineData("`Windows/WindowLedger.Fly`", "Windows/WindowLedger has no member Fly")]
    [InlineData("`Windows/WindowLadder.Apply`", "Windows/WindowLadder.cs is not there")]
    [InlineData("`Windows/WindowLedger`", null)]
    public void Pointer_IsFollowed(string text, string? missing) => Assert.Equal(missing, Missing(Assert.Single(Pointers(text))));

    private static void AllAreThere(IEnumerable<(string File, string Member)> pointers) => Assert.All(pointers, p => Assert.Null(Missing(p)));

    // The rows of the table under a heading, without its head.
    private static string[] Section(string heading)
    {
        int at = Array.IndexOf(Lines, heading);
        Assert.True(at >= 0, $"{heading} is not in ARCHITECTURE.md");
        return [.. Lines[(at + 1)..].TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal)).Where(l => l.StartsWith('|')).Skip(2)];
    }

    private static (string File, string Member)[] Pointers(string row) =>
        [.. Pointer().Matches(row).Select(m => (m.Groups["file"].Value, m.Groups["member"].Value))];

    private static string? Missing((string File, string Member) pointer)
    {
        string[] files = [.. Repository.Code.Select(c => c.Path).Where(f => Belongs(f, pointer.File))];
        if (files.Length == 0) return $"{pointer.File}.cs is not there";
        if (pointer.Member.Length == 0) return null;
        var declared = new Regex($@"\b{pointer.Member}\b(<\w+>)?(\(| =>| \{{|;)");
        return files.Any(f => declared.IsMatch(Repository.Read(f))) ? null : $"{pointer.File} has no member {pointer.Member}";
    }

    // A type in several files is X.cs, X.Some.cs ...
    private static bool Belongs(string file, string pointer) =>
        Regex.IsMatch(file.Replace('\\', '/'), $@"^(src/DriftStream|src/DriftStream\.Host|kernels/[^/]+)/{Regex.Escape(pointer)}(\.\w+)?\.cs$");

    [GeneratedRegex(@"`(?<file>(?:[A-Z][\w.]*/)?[A-Z]\w+)(?:\.(?<member>[A-Z]\w+))?`")]
    private static partial Regex Pointer();
}
