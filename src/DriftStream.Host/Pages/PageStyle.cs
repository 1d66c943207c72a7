using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Host.Pages;

/// <summary>The style of all pages and reports: one file, inside the assembly.</summary>
internal static class PageStyle
{
    public const string Path = "/assets/pages.css";

    public static string Text { get; } = Read();

    public static byte[] Bytes { get; } = Encoding.UTF8.GetBytes(Text);

    /// <summary>Names its content, so that it may be kept for ever.</summary>
    public static string Address { get; } = $"{Path}?v={Convert.ToHexStringLower(SHA256.HashData(Bytes))[..12]}";

    private static string Read()
    {
        using Stream css = typeof(PageStyle).Assembly.GetManifestResourceStream("pages.css") ?? throw new InvalidOperationException(
            "pages.css is not in the assembly");
        using var text = new StreamReader(css);
        return text.ReadToEnd();
    }
}
