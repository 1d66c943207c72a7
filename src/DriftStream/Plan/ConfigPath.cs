namespace DriftStream.Plan;

/// <summary>Resolves paths of a config, which are relative to its folder.</summary>
internal static class ConfigPath
{
    public static string Resolve(string file, string path) => Path.Combine(Path.GetDirectoryName(file) ?? "", path);
}
