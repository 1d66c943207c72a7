using CsCheck;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class PlanFuzzTests
{
    private static readonly string[] Texts = [Configs.Text("example.yaml"), Configs.Text("minimal.yaml"), Configs.Text("mistakes.yaml")];

    private static readonly string[] Pieces =
    [
        ":", "- ", "[", "]", "{", "}", "\"", "'", "\n", "\n  ", "#", "&a ", "*a", "!!x ", "|\n", ">\n", "? ", ",", "%", "${", "${TOPIC}",
        "\t", "\0", "\uD800",
        "\u2028", "~", "null", "-1", "1e999", "99999999999999999999", "sha256:", "*", "---\n", "...\n", "<<: ", "\\", "@", "`",
    ];

    private static readonly Gen<(int, int, int, int)> Edits =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Int[0, 40], Gen.Int[0, Pieces.Length - 1]);

    /// <summary>Whatever is done to a text, reading it ends in findings or in a plan whose effective text reads back.</summary>
    [Fact]
    public void MutatedText_NeverThrows() =>
        Gen.Select(Gen.Int[0, Texts.Length - 1], Edits.Array[1, 8])
            .Sample((which, edits) =>
            {
                string text = edits.Aggregate(Texts[which], Edit);
                PlanResult result = Configs.Read(text);
                Assert.Equal(result.Plan is null, result.Findings.Any(f => f.Severity == FindingSeverity.Error));
                Assert.All(result.Findings, f => FindingText.ForPeople(f, text));
                if (result.Plan is not null) Assert.Equal(result.Plan.Hash, Configs.Read(result.Effective!).Plan?.Hash);
            }, iter: 5_000);

    private static string Edit(string text, (int Kind, int At, int Length, int Piece) edit)
    {
        int at = edit.At % (text.Length + 1), length = Math.Min(edit.Length, text.Length - at);
        return edit.Kind switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, Pieces[edit.Piece]),
            2 => text.Insert(at, text.Substring(at, length)),
            _ => text.Remove(at, length).Insert(at, Pieces[edit.Piece]),
        };
    }
}
