using System.Reflection;
using DriftStream.Cells;
using DriftStream.Kernels;
using DriftStream.Tests.Tidy;
using PublicApiGenerator;
using Xunit;

namespace DriftStream.Tests.Api;

/// <summary>All that the libraries show, in a file each: a change of it is seen in review, and never made unawares.</summary>
public sealed class PublicApiTests
{
    /// <summary>Where this variable is set, the files are written instead of compared.</summary>
    private const string Accept = "DRIFTSTREAM_ACCEPT_API";

    [Theory]
    [InlineData(typeof(CountKernels))]
    [InlineData(typeof(Layout))]
    public void Library_ShowsWhatItsFileSays(Type member)
    {
        Assembly library = member.Assembly;
        string name = $"tests/DriftStream.Tests/Api/{library.GetName().Name}.txt", file = Path.Combine(Repository.Root, name);
        string shown = library.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(Accept) is { Length: > 0 }) File.WriteAllText(file, shown);
        string known = File.Exists(file) ? File.ReadAllText(file) : "";
        string[] gone = [.. known.Split('\n').Except(shown.Split('\n'))], added = [.. shown.Split('\n').Except(known.Split('\n'))];
        Assert.True(shown == known,
            $"the public surface is not what {name} says; where that is meant, run this test with {Accept}=1 and commit the file\n"
            + string.Join('\n', [.. gone.Select(l => "- " + l.Trim()), .. added.Select(l => "+ " + l.Trim())]));
    }
}
