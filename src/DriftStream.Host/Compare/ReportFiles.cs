namespace DriftStream.Host.Compare;

/// <summary>Where the documents of a comparison go.</summary>
/// <param name="Html">The file of the report for people, or null.</param>
/// <param name="JUnit">The file for pipelines, or null.</param>
internal sealed record ReportFiles(string? Html, string? JUnit)
{
    public bool Any => Html is not null || JUnit is not null;

    /// <summary>What keeps them from being written, before anything is counted; null where nothing is known to.</summary>
    /// <param name="inputs">Files that are read, and so never written.</param>
    public string? Problem(params IEnumerable<string> inputs) =>
        Of("--html", Html, inputs) ?? Of("--junit", JUnit, Html is null ? inputs : inputs.Append(Html));

    /// <summary>False after the reason was written. A document is made in memory first, so that no half of one is left by a fault of ours.</summary>
    public bool Write(ComparisonReport report, TextWriter errors) =>
        Write(Html, to => HtmlReport.Write(report, to), errors) & Write(JUnit, to => JUnitReport.Write(report, to), errors);

    private static string? Of(string option, string? path, IEnumerable<string> others)
    {
        if (path is null) return null;
        if (path.Length == 0) return $"{option} names no file";
        if (Directory.Exists(path)) return $"{option}: {path} is a folder; name a file";
        string whole = Path.GetFullPath(path);
        if (others.FirstOrDefault(o => Path.GetFullPath(o) == whole) is { } same) return $"{option} would write over {same}; name another file";
        string folder = Path.GetDirectoryName(whole)!;
        return Directory.Exists(folder) ? null : $"{option}: there is no folder {folder}; make it first";
    }

    private static bool Write(string? path, Action<Stream> write, TextWriter errors)
    {
        if (path is null) return true;
        try
        {
            using var whole = new MemoryStream();
            write(whole);
            File.WriteAllBytes(path, whole.ToArray());
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"{path} cannot be written: {e.Message}");
            return false;
        }
    }
}
