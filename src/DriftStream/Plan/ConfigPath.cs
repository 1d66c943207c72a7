namespace DriftStream.Plan;

/// <summary>Resolves paths of a config, which are relative to the folder of the file that they stand in.</summary>
internal static class ConfigPath
{
    public static string Resolve(string file, string path) => Path.Combine(Path.GetDirectoryName(file) ?? "", path);

    /// <summary>A path that stands in an included file as it would have to stand in the config.</summary>
    public static string FromConfig(string config, string file, string path)
    {
        if (file == config) return path;
        (string folder, string resolved) = (Path.GetDirectoryName(config) ?? "", Resolve(file, path));
        bool within = folder.Length > 0 && resolved.Length > folder.Length && resolved.StartsWith(folder, StringComparison.Ordinal)
            && resolved[folder.Length] == Path.DirectorySeparatorChar;
        return within ? resolved[(folder.Length + 1)..] : resolved;
    }
}
