namespace DriftStream.Tests.Tidy;

/// <summary>The files of this repository, as they lie on disk; what builds and tools leave behind is passed over.</summary>
internal static class Repository
{
    private static readonly string[] Skipped =
        [".git", ".vs", ".idea", "artifacts", "bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts"];

    private static readonly string[] Binary = [".parquet", ".arrow", ".arrows", ".baseline"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every file, by its path from the root with slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> Texts => Files.Where(f => !Binary.Contains(Path.GetExtension(f)));

    /// <summary>Every C# file that is compiled by a project.</summary>
    public static IReadOnlyList<CodeFile> Code { get; } =
    [
        .. Files
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) && !f.StartsWith("samples/", StringComparison.Ordinal))
            .Select(CodeFile.Read),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            // A worktree has a file of this name.
            if (Path.GetFileName(file) != ".git") yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        }

        foreach (string inner in Directory.EnumerateDirectories(folder).Where(d => !Skipped.Contains(Path.GetFileName(d))))
        {
            foreach (string file in Walk(inner)) yield return file;
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DriftStream.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
