using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>Reads <c>include:</c>: files of teams, each with owners and models of its own.</summary>
internal static class IncludeSection
{
    /// <summary>The most files of one config.</summary>
    private const int MostFiles = 10_000;

    private const string Key = "include";

    /// <summary>The config itself, then the files that it includes, in the order of the patterns and of their names.</summary>
    /// <param name="main">The config.</param>
    /// <param name="environment">The value of a variable, or null.</param>
    /// <param name="text">The content of a file, or null.</param>
    /// <param name="matching">The files of a pattern, by name.</param>
    public static ImmutableArray<ConfigMap> Read(
        ConfigMap main, Func<string, string?> environment, Func<string, string?> text, Func<string, ImmutableArray<string>> matching)
    {
        var maps = ImmutableArray.CreateBuilder<ConfigMap>();
        maps.Add(main);
        var included = new Dictionary<string, ConfigNode>(StringComparer.Ordinal) { [main.At.File] = main.At };
        foreach (ConfigNode at in main.List(Key) ?? [])
        {
            if (main.Values.Text(at, main.Of(Key)) is not { } pattern) continue;
            ImmutableArray<string> files = matching(ConfigPath.Resolve(main.At.File, pattern));
            if (files.IsEmpty)
            {
                main.Findings.Error(at, "nothing_included", $"{main.Of(Key)}: there is no file {at.Described}",
                    "a path from the config's folder; * and ? stand for parts of a name");
            }

            foreach (string file in files)
            {
                if (!included.TryAdd(file, at))
                    main.Findings.Error(at, "duplicate_id", $"{main.Of(Key)}: {file} is included twice, or is the config itself", "each file once");
                else if (included.Count > MostFiles + 1)
                    main.Findings.Error(at, "out_of_range", $"{main.Of(Key)}: more than {Quantity.Digits(MostFiles)} files", "fewer files with more in each");
                else if (File(main, at, file, environment, text) is { } map) maps.Add(map);
                if (included.Count > MostFiles + 1) return maps.ToImmutable();
            }
        }

        return maps.ToImmutable();
    }

    private static ConfigMap? File(ConfigMap main, ConfigNode at, string file, Func<string, string?> environment, Func<string, string?> text)
    {
        if (text(file) is not { } content)
        {
            main.Findings.Error(at, "cannot_read", $"{main.Of(Key)}: {file} cannot be read");
            return null;
        }

        if (ConfigText.Parse(content, environment, main.Findings.Within(file)) is not { } root) return null;
        var map = new ConfigMap(root, ConfigMap.Root, main.Findings);
        foreach (ConfigEntry entry in map.Entries.Where(e => e.Key.Text is not ("owners" or "models")))
        {
            main.Findings.Error(entry.Key, "not_of_a_team", $"'{entry.Key.Written}' in an included file", "owners, models",
                $"all else is for the file that includes this one: {main.At.File}");
        }

        return map;
    }
}
