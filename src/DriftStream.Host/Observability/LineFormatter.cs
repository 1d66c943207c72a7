using System.Globalization;
using DriftStream.Host.Terminal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DriftStream.Host.Observability;

/// <summary>One line a message: time, level, category, id, text. Nothing in the text can end the line or steer a terminal.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    private static readonly bool Colours = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        string time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        string text = Printable.Of(entry.Formatter(entry.State, entry.Exception) + (entry.Exception is { } e ? $" {e}" : ""));
        writer.Write($"{time} {Level(entry.LogLevel)}: {entry.Category}[{entry.EventId.Id}] {text}\n");
    }

    private static string Level(LogLevel level)
    {
        (string word, string colour) = level switch
        {
            LogLevel.Trace => ("trce", ""),
            LogLevel.Debug => ("dbug", ""),
            LogLevel.Information => ("info", "32"),
            LogLevel.Warning => ("warn", "33"),
            LogLevel.Error => ("fail", "31"),
            _ => ("crit", "31"),
        };
        return Colours && colour.Length > 0 ? $"\e[{colour}m{word}\e[0m" : word;
    }
}
