using System.Text.RegularExpressions;
using DriftStream.Statistics;
using Example;
using Xunit;

namespace DriftStream.Host.Tests.Documents;

/// <summary>What the README of the libraries shows is what works; this project sees of them no more than others do.</summary>
public sealed class LibraryDocumentTests
{
    [Fact]
    public void CSharp_IsTheSourceThatIsCompiledHere()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "README.md"));
        string source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Documents", "Drift.cs"));
        Match block = Assert.Single(Regex.Matches(text, "```csharp\n(.*?)```", RegexOptions.Singleline));
        Assert.Equal(Regex.Match(source, "// <document>\n(.*)// </document>", RegexOptions.Singleline).Groups[1].Value, block.Groups[1].Value);
    }

    [Fact]
    public void CSharp_FindsAShift_AndNothingWhereThereIsNone()
    {
        // Two samples of the same even grid, and one that is half a standard deviation on.
        double[] past = [.. Enumerable.Range(0, 4000).Select(i => i / 4000.0)];
        double[] same = [.. Enumerable.Range(0, 1000).Select(i => (i + 0.5) / 1000)];
        double[] moved = [.. same.Select(x => x + 0.144), double.NaN];

        Statistic steady = Drift.Of(past, same), shifted = Drift.Of(past, moved);
        Assert.Equal(("psi", PopulationStability.MergedConvention, 4000, 1000), (steady.Name, steady.Convention, steady.ReferenceRows, steady.WindowRows));
        Assert.InRange(steady.Value!.Value, 0, 0.01);
        Assert.True(steady.PValue > 0.5, $"{steady}");
        Assert.Equal(1001, shifted.WindowRows);
        Assert.True(shifted.Value > 0.1 && shifted.PValue < 1e-6, $"{shifted}");
    }
}
