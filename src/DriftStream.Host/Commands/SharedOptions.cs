using System.CommandLine;

namespace DriftStream.Host.Commands;

/// <summary>Options that several commands take, spelled alike in all of them.</summary>
internal static class SharedOptions
{
    public static Option<string> Config() =>
        new("--config", "-c") { Description = "The configuration file.", Required = true, HelpName = "FILE" };

    public static Option<string?> OptionalConfig(string description) => new("--config", "-c")
    {
        Description = description,
        HelpName = "FILE",
    };

    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<bool> Follow() => new("--follow") { Description = "Go on with what is written later, until Ctrl+C." };
}
