using System.Text.Json;

namespace DriftStream.Tests.Batches;

/// <summary>A message written by another Arrow library, and the values that it holds (payloads/README.md).</summary>
public sealed class Payload
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "payloads");

    private Payload(string name)
    {
        Name = name;
        Bytes = File.ReadAllBytes(Path.Combine(Folder, name + ".arrows"));
        Values = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, name + ".json"))).RootElement;
    }

    /// <summary><c>writer/name</c>.</summary>
    public string Name { get; }

    public byte[] Bytes { get; }

    public JsonElement Values { get; }

    /// <summary>Malformed by their writer, says the README.</summary>
    public static bool IsInvalid(string name) => name.StartsWith("js/invalid_", StringComparison.Ordinal);

    /// <summary>Has two columns of one name, which nobody can tell apart.</summary>
    public static bool RepeatsAName(string name) => name is "pyarrow/duplicate_names" or "rust/odd_names";

    public static IEnumerable<string> Names() => Directory
        .EnumerateFiles(Folder, "*.arrows", SearchOption.AllDirectories)
        .Select(path => Path.ChangeExtension(Path.GetRelativePath(Folder, path), null).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static Payload Load(string name) => new(name);

    public override string ToString() => Name;
}
