namespace DriftStream.Host.Pages;

/// <summary>The description of the API that it serves itself, by OpenAPI 3.1.</summary>
internal static class ApiDocument
{
    public static byte[] Bytes { get; } = Read();

    private static byte[] Read()
    {
        using Stream json = typeof(ApiDocument).Assembly.GetManifestResourceStream("openapi.json") ?? throw new InvalidOperationException(
            "openapi.json is not in the assembly");
        using var bytes = new MemoryStream();
        json.CopyTo(bytes);
        return bytes.ToArray();
    }
}
