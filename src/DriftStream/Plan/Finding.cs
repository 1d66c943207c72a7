namespace DriftStream.Plan;

/// <summary>An error stops the plan; a warning does not.</summary>
public enum FindingSeverity : byte { Error, Warning }

/// <summary>One thing to say about a config, and where.</summary>
/// <param name="Code">A stable name: <c>unknown_key</c>.</param>
/// <param name="Severity">Whether it stops the plan.</param>
/// <param name="File">As the caller named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
/// <param name="Message">What is wrong: one clause, no full stop. Values of environment variables and secrets are never in it.</param>
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
    /// <summary>The code of a secret that stands in the config's text: whoever prints the line must leave the value out.</summary>
    public const string SecretInText = "secret_in_text";
}
