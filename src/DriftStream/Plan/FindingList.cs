using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>
/// Collects what is found in a file and in those that it includes. A repeated finding is kept once: defaults are read on behalf of every model.
/// </summary>
internal sealed class FindingList
{
    private readonly HashSet<Finding> _findings;

    /// <param name="file">The file whose text is read.</param>
    public FindingList(string file) => (File, _findings) = (file, []);

    private FindingList(string file, HashSet<Finding> findings) => (File, _findings) = (file, findings);

    /// <summary>Where what is found without a node belongs.</summary>
    public string File { get; }

    public bool HasErrors => _findings.Any(f => f.Severity == FindingSeverity.Error);

    /// <summary>The same findings, while another file is read.</summary>
    public FindingList Within(string included) => new(included, _findings);

    public void Error(ConfigNode at, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Error, at.File, at.Line, at.Column, code, message, expected, hint);

    public void Warn(ConfigNode at, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Warning, at.File, at.Line, at.Column, code, message, expected, hint);

    public void Error(int line, int column, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Error, File, line, column, code, message, expected, hint);

    /// <summary>Refuses by name what the documentation promises for later, so that nobody believes that it is in effect.</summary>

    /// <summary>Those of the file itself, then those of the others by their names; sorted by position, then by code and message.</summary>
    public ImmutableArray<Finding> Sorted() =>
    [
        .. _findings
            .OrderBy(f => f.File == File ? 0 : 1)
            .ThenBy(f => f.File, StringComparer.Ordinal)
            .ThenBy(f => f.Line)
            .ThenBy(f => f.Column)
            .ThenBy(f => f.Code, StringComparer.Ordinal)
            .ThenBy(f => f.Message, StringComparer.Ordinal),
    ];

    private void Add(FindingSeverity severity, string file, int line, int column, string code, string message, string? expected, string? hint) =>
        _findings.Add(new Finding(code, severity, file, line, column, message, expected, hint));
}
