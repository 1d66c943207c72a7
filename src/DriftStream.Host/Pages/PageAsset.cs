using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Host.Pages;

/// <summary>A file of the pages that is inside the assembly. Its address names its content, so that it may be kept for ever.</summary>
internal sealed class PageAsset
{
    private PageAsset(string name, string type)
    {
        using Stream file = typeof(PageAsset).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the assembly");
        using var text = new StreamReader(file);
        (Path, Type, Text) = ($"/assets/{name}", type, text.ReadToEnd());
        Bytes = Encoding.UTF8.GetBytes(Text);
        Address = $"{Path}?v={Convert.ToHexStringLower(SHA256.HashData(Bytes))[..12]}";
    }

    /// <summary>The style of all pages and reports.</summary>
    public static PageAsset Style { get; } = new("pages.css", "text/css; charset=utf-8");

    /// <summary>What keeps pages up to date; no page needs it.</summary>
    public static PageAsset Script { get; } = new("pages.js", "text/javascript; charset=utf-8");

    public string Path { get; }

    public string Type { get; }

    public string Text { get; }

    public byte[] Bytes { get; }

    public string Address { get; }
}
