using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>Collects what is found in one file. A repeated finding is kept once: defaults are read on behalf of every model.</summary>
internal sealed class FindingList(string file)
{
    private readonly HashSet<Finding> _findings = [];

    public string File { get; } = file;

    public bool HasErrors => _findings.Any(f => f.Severity == FindingSeverity.Error);

    public void Error(ConfigNode at, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Error, at.Line, at.Column, code, message, expected, hint);

    public void Warn(ConfigNode at, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Warning, at.Line, at.Column, code, message, expected, hint);

    public void Error(int line, int column, string code, string message, string? expected = null, string? hint = null) =>
        Add(FindingSeverity.Error, line, column, code, message, expected, hint);

    /// <summary>Refuses by name what the documentation promises for later, so that nobody believes that it is in effect.</summary>
    public void NotBuilt(ConfigNode at, string what, string? hint = null) => Error(at, "not_built", $"{what} is not built yet", null, hint);

    /// <summary>Sorted by position, then by code and message.</summary>
    public ImmutableArray<Finding> Sorted() =>
    [
        .. _findings
            .OrderBy(f => f.Line)
            .ThenBy(f => f.Column)
            .ThenBy(f => f.Code, StringComparer.Ordinal)
            .ThenBy(f => f.Message, StringComparer.Ordinal),
    ];

    private void Add(FindingSeverity severity, int line, int column, string code, string message, string? expected, string? hint) =>
        _findings.Add(new Finding(code, severity, File, line, column, message, expected, hint));
}
