using System.Collections.Immutable;
using System.IO.Enumeration;

namespace DriftStream.Host.Files;

/// <summary>Paths in which <c>*</c> and <c>?</c> stand for parts of a name.</summary>
internal static class FilePattern
{
    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>Whether a path stands for several files.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>
    /// The files, in the order of their names; the path itself where it is no pattern. Names that begin with a dot are matched only by a pattern that does:
    /// editors leave such files behind. What cannot be listed has no files.
    /// </summary>
    public static ImmutableArray<string> Matching(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] names = pattern[root.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> found = [root];
        for (int i = 0; i < names.Length; i++)
        {
            bool last = i == names.Length - 1;
            string name = names[i];
            found = [.. found.SelectMany(f => IsPattern(name) ? Within(f, name, last) : [Path.Combine(f, name)])];
        }

        return [.. found.Where(File.Exists).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Within(string folder, string pattern, bool files)
    {
        try
        {
            var entries = new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos();
            return
            [
                .. entries.Select(e => e.Name)
                    .Where(n => (n[0] != '.' || pattern[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern, n, ignoreCase: false))
                    .Select(n => Path.Combine(folder, n))
                    .Where(p => files || Directory.Exists(p)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
