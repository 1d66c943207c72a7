using System.CommandLine;
using System.CommandLine.Parsing;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary>What is wrong with a command line: first where help is, then what is wrong, since a terminal shows the last line.</summary>
internal static class UsageText
{
    public static void Write(ParseResult parsed, TextWriter errors)
    {
        string command = string.Join(' ', Path(parsed.CommandResult));
        errors.WriteLine($"{command} --help says what it takes");
        Command asked = parsed.CommandResult.Command;
        string[] unknown = [.. parsed.UnmatchedTokens];
        // A misspelt option is one argument too many, and the value after it another: one message is enough.
        if (unknown.FirstOrDefault(t => t.StartsWith('-')) is { } option)
            Say($"there is no option {option}{Hint(option, Options(asked))}");
        else if (unknown is [var word, ..] && asked.Subcommands.Count > 0)
            Say($"there is no command '{word}'{Hint(word, asked.Subcommands.Select(c => c.Name))}");
        else
            foreach (ParseError error in parsed.Errors) Say(error.Message);

        void Say(string what) => errors.WriteLine(Printable.Of($"{command}: {what}"));
    }

    private static string Hint(string word, IEnumerable<string> known) => Plan.Spelling.Hint(word, known) is { } hint ? $"; {hint}" : "";

    private static IEnumerable<string> Options(Command command) =>
        command.Options.SelectMany(o => o.Aliases.Prepend(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal));

    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent ? Path(parent).Append(command.Command.Name) : ["driftstream"];
}
