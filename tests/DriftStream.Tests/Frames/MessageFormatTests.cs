using DriftStream.Frames;
using DriftStream.Plan;
using DriftStream.Tests.Plan;
using DriftStream.Tests.Tidy;
using Xunit;

namespace DriftStream.Tests.Frames;

/// <summary>Every format is read from a config, written out and described. What reads, writes and shows its messages the compiler names.</summary>
public sealed class MessageFormatTests
{
    public static TheoryData<MessageFormat> Formats => [.. MessageFormats.All];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Format_IsReadAndWrittenOut(MessageFormat format)
    {
        const string topic = "employment.predictions";
        PlanResult plan = Configs.Read(Configs.Text("minimal.yaml").Replace(topic, $"{topic}, format: {format.Word()}", StringComparison.Ordinal));
        Assert.Equal(format, plan.Plan!.Counting.Sources[topic].Format);
        Assert.Equal(plan.Plan.Hash, Configs.Read(plan.Effective!).Plan!.Hash);
    }

    [Theory]
    [InlineData("docs/configuration.md", "format: {word}")]
    [InlineData("docs/input.md", "{name} ")]
    public void Formats_AreDocumented(string document, string says)
    {
        string text = Repository.Read(document);
        string[] missing =
        [
            .. MessageFormats.All.Select(f => says.Replace("{word}", f.Word(), StringComparison.Ordinal).Replace("{name}", f.Name(), StringComparison.Ordinal))
                .Where(s => !text.Contains(s, StringComparison.Ordinal)),
        ];
        Assert.True(missing.Length == 0, $"{document} lacks: {string.Join(", ", missing)}");
    }

    [Fact]
    public void Formats_OfReplay_AreDocumented()
    {
        string words = string.Join("\\|", MessageFormats.All.Select(f => f.Word()));
        Assert.Contains($"| `--format {words}`", Repository.Read("docs/commands.md"), StringComparison.Ordinal);
    }
}
