namespace DriftStream.Plan;

/// <summary>An error stops the plan; a warning does not.</summary>
public enum FindingSeverity : byte
{
    /// <summary>There is no plan.</summary>
    Error,

    /// <summary>The plan runs, maybe not as it was meant.</summary>
    Warning,
}

/// <summary>One thing to say about a config, and where.</summary>
/// <param name="Code">A stable name, such as <c>unknown_key</c>.</param>
/// <param name="Severity">Whether it stops the plan.</param>
/// <param name="File">As the caller named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
/// <param name="Message">What is wrong: one clause, no full stop. It never contains values of environment variables or secrets.</param>
/// <param name="Expected">What would have been right, or null.</param>
/// <param name="Hint">How to get there, or null.</param>
public sealed record Finding(
    string Code,
    FindingSeverity Severity,
    string File,
    int Line,
    int Column,
    string Message,
    string? Expected = null,
    string? Hint = null)
{
    /// <summary>The code of a secret in the text of the config: whoever prints the line must leave the value out.</summary>
    public const string SecretInText = "secret_in_text";
}
