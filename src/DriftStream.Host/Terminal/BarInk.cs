using System.Text;

namespace DriftStream.Host.Terminal;

/// <summary>Bars of characters: blocks to an eighth of a column, or plain ASCII where the output cannot encode them.</summary>
/// <param name="Blocks">The output has block characters.</param>
/// <param name="Width">Columns of a line.</param>
internal readonly record struct BarInk(bool Blocks, int Width)
{
    private const int PlainWidth = 80, LeastWidth = 40;

    private const string Eighths = "▏▎▍▌▋▊▉█";

    public static BarInk ForOutput { get; } = new(CanWrite(Console.OutputEncoding, Eighths), TerminalWidth());

    /// <summary>A share of a full bar; what is more than nothing is seen, however small.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="columns">The width of a full bar.</param>
    public string Bar(double share, int columns)
    {
        if (!(share > 0) || columns <= 0) return "";
        if (!Blocks) return new string('#', Math.Clamp((int)Math.Round(share * columns), 1, columns));
        int eighths = Math.Clamp((int)Math.Round(share * columns * 8), 1, columns * 8);
        string full = new('█', eighths / 8);
        return eighths % 8 == 0 ? full : full + Eighths[(eighths % 8) - 1];
    }

    /// <summary>Whether an encoding has all of these characters.</summary>
    public static bool CanWrite(Encoding encoding, string text) => encoding.GetString(encoding.GetBytes(text)) == text;

    private static int TerminalWidth()
    {
        if (Console.IsOutputRedirected) return PlainWidth;
        try
        {
            return Math.Max(LeastWidth, Console.WindowWidth);
        }
        catch (IOException)
        {
            return PlainWidth; // a terminal that does not say
        }
    }
}
