namespace DriftStream.Plan;

/// <summary>Paths of a config are relative to the folder the config is in.</summary>
internal static class ConfigPath
{
    public static string Resolve(string file, string path) => Path.Combine(Path.GetDirectoryName(file) ?? "", path);
}
