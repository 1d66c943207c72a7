using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Terminal;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain ASCII ~ \\u{1B}", "plain ASCII ~ \\u{1B}")]
    [InlineData("Zürich 東京 🙂", "Zürich 東京 🙂")]
    [InlineData("क्‍ष 👩‍💻", "क्‍ष 👩‍💻")] // joiners are letters here
    [InlineData("\e[2J\e[Hx", @"\u{1B}[2J\u{1B}[Hx")]
    [InlineData("a\r\n\tb\0\x7F", @"a\u{D}\u{A}\u{9}b\u{0}\u{7F}")]
    [InlineData("\u009B31m\u0085", @"\u{9B}31m\u{85}")] // C1: a terminal may take 9B for ESC [
    [InlineData("a\u202Eb\u2066c\u200F\u061C", @"a\u{202E}b\u{2066}c\u{200F}\u{61C}")]
    [InlineData("\u2028\u2029\uFEFF\u200B\u00AD", @"\u{2028}\u{2029}\u{FEFF}\u{200B}\u{AD}")]
    [InlineData("\U000E0041", @"\u{E0041}")] // tags: text that nobody sees
    public void Of_WritesOutWhatWouldSteerATerminal_AndLeavesLetters(string text, string printable) => Assert.Equal(printable, Printable.Of(text));

    [Fact]
    public void Of_HalfACharacter_IsWrittenOut() => Assert.Equal(@"a\u{D83D}b\u{DE00}", Printable.Of("a" + (char)0xD83D + "b" + (char)0xDE00));

    [Fact]
    public void Of_NoText_IsEmpty() => Assert.Equal("", Printable.Of(null));

    [Fact]
    public void Lines_OfOurs_StayLines() => Assert.Equal("a\\u{1B}\nb\n", Printable.Lines("a\e\nb\n"));

    [Fact]
    public void LogLine_OfHostileText_IsOneLine()
    {
        using var written = new StringWriter();
        const string Hostile = "x\e[2J\n2026-01-01T00:00:00.000Z info: driftstream[1002] stopped\u202E";
        var entry = new LogEntry<string>(LogLevel.Warning, "driftstream", new EventId(5), Hostile, null, (s, _) => s);
        new LineFormatter().Write(entry, null, written);
        string line = written.ToString();
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.EndsWith(@"Z warn: driftstream[5] x\u{1B}[2J\u{A}2026-01-01T00:00:00.000Z info: driftstream[1002] stopped\u{202E}" + "\n", line);
    }
}
