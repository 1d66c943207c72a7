using System.Text.RegularExpressions;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests;

/// <summary>The rules of CONTRIBUTING.md that a machine can check, over all files of the repository.</summary>
public sealed class TidyTests
{
    private static readonly string[] BannedEndings =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Base", "Impl", "Service", "Processor", "Handler", "Factory"];

    private static readonly string[] BannedFolders = ["Common", "Utils", "Helpers", "Internal", "Shared", "Misc", "Core"];

    [Fact]
    public void Files_AreShort()
    {
        Nothing(Repository.Code.Where(f => f.Lines.Length > 400).Select(f => $"{f.Path}: {f.Lines.Length} lines, at most 400"));
        int[] lengths = [.. Repository.Code.Select(f => f.Lines.Length).Order()];
        Assert.InRange(lengths[lengths.Length / 2], 1, 120);
    }

    [Fact]
    public void Members_AreShort() => Nothing(
        from file in Repository.Code
        from member in file.Members()
        where member.Lines > 70
        select $"{member.File}:{member.Line}: {member.Lines} lines, at most 70");

    [Fact]
    public void Lines_AreShort() => Nothing(
        from file in Repository.Code
        from line in file.Lines.Index()
        where line.Item.Length > 160
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns, at most 160");

    [Fact]
    public void Classes_AreSealedOrStatic() => Nothing(
        from file in Repository.Code
        from type in file.Types
        where type.Kind is "class" or "record"
        // BenchmarkDotNet derives from the classes it measures.
        where !type.Name.EndsWith("Benchmarks", StringComparison.Ordinal)
        group type by (Project: file.Path.Split('/')[1], type.Name) into parts
        where !parts.Any(t => Regex.IsMatch(t.Modifiers, @"\b(sealed|static)\b"))
        select $"{parts.First().File}: {parts.Key.Name} is neither sealed nor static");

    [Fact]
    public void TypeNames_SayWhatTheThingIs() => Nothing(
        from file in Repository.Code
        from type in file.Types
        where type.Name.StartsWith("Abstract", StringComparison.Ordinal)
            || BannedEndings.Any(e => type.Name.EndsWith(e, StringComparison.Ordinal))
        select $"{type.File}: {type.Name}");

    [Fact]
    public void FolderNames_SayWhatIsInThem() => Nothing(
        Repository.Files.Where(f => f.Split('/')[..^1].Intersect(BannedFolders, StringComparer.OrdinalIgnoreCase).Any()));

    [Fact]
    public void Interfaces_HaveTwoImplementations()
    {
        DeclaredType[] types =
            [.. Repository.Code.Where(f => !f.Path.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(f => f.Types)];
        Nothing(
            from type in types
            where type.Kind == "interface"
            let implementations = types.Count(t => Regex.IsMatch(t.Bases, $@"\b{type.Name}\b"))
            where implementations < 2
            select $"{type.File}: {type.Name} has {implementations} implementations, at least 2");
    }

    /// <summary>
    /// What may get another value is never asked by comparing, and a switch over it has no arm for the rest: so the compiler names every place that a new
    /// value lacks (CS8509). Statement switches are not looked at by the compiler.
    /// </summary>
    [Fact]
    public void Values_ThatMayGrow_AreNeverTheRest()
    {
        const string grows = "(AlarmKind|AlarmMeasure|MessageFormat|Severity|Judgement)";
        CodeFile[] code = [.. Repository.Code.Where(f => f.Path.StartsWith("src/", StringComparison.Ordinal))];
        Nothing(
            from file in code
            from Match match in Regex.Matches(file.Code, @"([!=]=|\bis( not)?) (AlarmKind|AlarmMeasure|MessageFormat)\.\w+|\bcase " + grows + @"\.\w+")
            select $"{file.Path}: {match.Value}: a switch expression over all values, or a property of the value");
        Nothing(
            from file in code
            from block in Switches(file.Code)
            where Regex.IsMatch(block, grows + @"\.\w+(\s+or[^=]*)?\s*=>") && Regex.IsMatch(block, @"[{,]\s*_\s*=>")
            select $"{file.Path}: a switch with an arm for the rest: {Regex.Replace(block, @"\s+", " ")}");
    }

    private static IEnumerable<string> Switches(string code)
    {
        foreach (Match start in Regex.Matches(code, @"\bswitch\s*\{"))
        {
            int end = start.Index + start.Length;
            for (int depth = 1; depth > 0; end++) depth += code[end] switch { '{' => 1, '}' => -1, _ => 0 };
            yield return code[(start.Index + start.Length - 1)..end];
        }
    }

    [Fact]
    public void Texts_NameNoPlaceOutsideTheRepository()
    {
        // Put together here, so that this file does not hold what it looks for.
        string beside = "../" + "shared", workplace = "/" + "work/";
        string[] registries = ["nuget" + ".org", "pypi" + ".org", "npmjs" + ".org", "crates" + ".io", "maven" + ".org", "golang" + ".org"];
        Nothing(
            from file in Repository.Texts
            let text = Repository.Read(file)
            from word in registries.Append(workplace).Concat(file == ".ci/run" ? [] : [beside])
            where text.Contains(word, StringComparison.OrdinalIgnoreCase)
            select $"{file}: {word}");
    }

    [Fact]
    public void Packages_ComeFromWhereTheMachineSays() => Nothing(
        Repository.Files.Where(f => Path.GetFileName(f).Equals("NuGet.config", StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Projects_LockTheirPackages() => Nothing(
        from project in Repository.Files
        where project.EndsWith(".csproj", StringComparison.Ordinal)
        let locked = Path.GetDirectoryName(project)!.Replace('\\', '/') + "/packages.lock.json"
        where !Repository.Files.Contains(locked)
        select locked);

    [Fact]
    public void Architecture_NamesEveryFolder()
    {
        string text = Repository.Read("ARCHITECTURE.md");
        Assert.InRange(text.TrimEnd('\n').Split('\n').Length, 20, 200);
        Nothing(
            from file in Repository.Code
            let parts = file.Path.Split('/')
            where parts[0] is "src" or "kernels"
            from folder in parts[1..^1].Distinct()
            where !Regex.IsMatch(text, $@"(?<![\w.]){Regex.Escape(folder)}(?![\w.])")
            select folder);
    }

    private static void Nothing(IEnumerable<string> found)
    {
        string[] lines = [.. found.Distinct().Order(StringComparer.Ordinal)];
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }
}
