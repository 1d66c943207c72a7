using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace DriftStream.Host.Observability;

/// <summary>The log on stderr: results have stdout to themselves.</summary>
public static class ConsoleLog
{
    /// <param name="lowest">Messages below it are not written.</param>
    /// <param name="json">Whether a line is a JSON object; otherwise it is text.</param>
    public static ILoggerFactory Create(LogLevel lowest, bool json) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(lowest);
        if (json)
            builder.AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else
            builder.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        builder.AddConsole(o =>
        {
            o.LogToStandardErrorThreshold = LogLevel.Trace;
            if (!json) o.FormatterName = LineFormatter.FormatterName;
        });
    });
}
