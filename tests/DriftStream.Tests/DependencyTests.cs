using System.Text.RegularExpressions;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests;

/// <summary>What may know what: ARCHITECTURE.md draws it, this holds it.</summary>
public sealed class DependencyTests
{
    /// <summary>Folders of the engine; each may use those before it.</summary>
    private static readonly string[] Engine = ["Time", "Batches", "Cells", "Frames", "Windows", "Joins", "Statistics", "Judging", "Alerts", "Desk", "Plan"];

    /// <summary>Folders of the host; each may use those before it.</summary>
    private static readonly string[] Host =
    [
        "Terminal", "Observability", "Files", "Kafka", "References", "Machine", "Plans", "Webhooks", "History", "Worker", "Web", "Reading", "Answering",
        "Owners", "Pages", "Compare", "Init", "Inspect", "Replay", "Demo", "Commands",
    ];

    [Fact]
    public void EngineFolders_UseOnlyThoseBeforeThem() => UseOnlyThoseBefore("src/DriftStream/", "DriftStream", Engine);

    [Fact]
    public void HostFolders_UseOnlyThoseBeforeThem() => UseOnlyThoseBefore("src/DriftStream.Host/", "(?:DriftStream.)?Host", Host);

    [Fact]
    public void EngineFolders_AreAllInTheOrder() => Nothing(
        from file in Repository.Code
        let parts = file.Path.Split('/')
        where file.Path.StartsWith("src/DriftStream/", StringComparison.Ordinal)
        where parts.Length != 4 || !Engine.Contains(parts[2])
        select file.Path);

    [Fact]
    public void HostFolders_AreAllInTheOrder() => Nothing(
        from file in Repository.Code
        let parts = file.Path.Split('/')
        where file.Path.StartsWith("src/DriftStream.Host/", StringComparison.Ordinal) && parts[^1] != "Program.cs"
        where parts.Length != 4 || !Host.Contains(parts[2])
        select file.Path);

    [Fact]
    public void Namespaces_FollowFolders() => Nothing(
        from file in Repository.Code
        let parts = file.Path.Split('/')
        where parts[0] is "src" or "kernels" && Path.GetFileName(file.Path) != "Program.cs"
        let expected = string.Join('.', parts[1..^1])
        where !Regex.IsMatch(file.Code, $@"^namespace {Regex.Escape(expected)};", RegexOptions.Multiline)
        select $"{file.Path} is not in {expected}");

    [Theory]
    [InlineData("kernels/DriftStream.Kernels")]
    [InlineData("kernels/DriftStream.Kernels.Gpu", "DriftStream.Kernels")]
    [InlineData("src/DriftStream", "DriftStream.Kernels")]
    [InlineData("src/DriftStream.Host", "DriftStream", "DriftStream.Kernels.Gpu")]
    public void Projects_ReferenceOnlyThoseBelow(string project, params string[] allowed)
    {
        string text = Repository.Read($"{project}/{Path.GetFileName(project)}.csproj");
        string[] references =
            [.. Regex.Matches(text, @"<ProjectReference Include=""[^""]*?([\w.]+)\.csproj""").Select(m => m.Groups[1].Value)];
        Assert.Equal(allowed, references);
    }

    /// <summary>Whoever counts on a GPU knows nothing of what drives it.</summary>
    [Fact]
    public void GpuKernels_ShowNothingOfIlgpu() => Nothing(
        from type in typeof(DriftStream.Kernels.Gpu.GpuCounter).Assembly.GetExportedTypes()
        from member in type.GetMembers()
        from used in member switch
        {
            System.Reflection.MethodInfo method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType),
            System.Reflection.ConstructorInfo made => made.GetParameters().Select(p => p.ParameterType),
            System.Reflection.FieldInfo field => [field.FieldType],
            _ => Enumerable.Empty<Type>(),
        }
        where used.ToString().Contains("ILGPU", StringComparison.Ordinal)
        select $"{type.Name}.{member.Name}");

    [Fact]
    public void Kernels_UseNoPackageButTensors() => Assert.Equal(
        ["System.Numerics.Tensors"],
        Regex.Matches(Repository.Read("kernels/DriftStream.Kernels/DriftStream.Kernels.csproj"), @"<PackageReference Include=""([^""]+)""")
            .Select(m => m.Groups[1].Value));

    [Theory]
    [InlineData("Apache.Arrow", "src/DriftStream.Host/Files", "src/DriftStream.Host/Demo", "src/DriftStream.Host/Replay")]
    [InlineData("Confluent.Kafka", "src/DriftStream.Host/Kafka", "src/DriftStream.Host/Worker", "src/DriftStream.Host/Demo",
        "src/DriftStream.Host/Commands", "src/DriftStream.Host/Replay", "src/DriftStream.Host/Observability", "src/DriftStream.Host/Answering")]
    [InlineData("ILGPU", "kernels/DriftStream.Kernels.Gpu")]
    [InlineData("YamlDotNet", "src/DriftStream/Plan")]
    [InlineData("MathNet.Numerics", "src/DriftStream/Statistics")]
    [InlineData("MailKit", "src/DriftStream.Host/Webhooks")]
    [InlineData("MimeKit", "src/DriftStream.Host/Webhooks")]
    [InlineData("NodaTime", "src/DriftStream/Time")]
    [InlineData("Parquet", "src/DriftStream.Host/Files")]
    [InlineData("Spectre.Console", "src/DriftStream.Host/Demo", "src/DriftStream.Host/Commands")]
    [InlineData("Microsoft.AspNetCore", "src/DriftStream.Host/Web", "src/DriftStream.Host/Pages")]
    [InlineData("Microsoft.Data.Sqlite", "src/DriftStream.Host/History")]
    [InlineData("OpenTelemetry", "src/DriftStream.Host/Observability")]
    public void Packages_StayWhereTheyAreWrapped(string package, params string[] folders) => Nothing(
        from file in Repository.Code
        where file.Path.StartsWith("src/", StringComparison.Ordinal) || file.Path.StartsWith("kernels/", StringComparison.Ordinal)
        where !folders.Any(f => file.Path.StartsWith(f + "/", StringComparison.Ordinal))
        where Regex.IsMatch(file.Code, $@"(?<![\w.]){Regex.Escape(package)}\b")
        select $"{file.Path} uses {package}");

    private static void UseOnlyThoseBefore(string project, string root, string[] order) => Nothing(
        from file in Repository.Code
        let parts = file.Path.Split('/')
        where file.Path.StartsWith(project, StringComparison.Ordinal) && parts.Length > 3
        let place = Array.IndexOf(order, parts[2])
        from later in place < 0 ? order : order[(place + 1)..]
        where Regex.IsMatch(file.Code, $@"\b{root}\.{later}\b")
        select $"{file.Path} uses {later}");

    private static void Nothing(IEnumerable<string> found)
    {
        string[] lines = [.. found.Distinct().Order(StringComparer.Ordinal)];
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }
}
