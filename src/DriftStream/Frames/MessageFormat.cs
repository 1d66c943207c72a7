using System.Collections.Immutable;

namespace DriftStream.Frames;

/// <summary>How messages are written.</summary>
public enum MessageFormat : byte { Arrow, Json }

/// <summary>What formats are called, and how they are told apart. All else that differs between them is a switch over all of them too.</summary>
public static class MessageFormats
{
    /// <summary>Every format.</summary>
    public static ImmutableArray<MessageFormat> All { get; } = [.. Enum.GetValues<MessageFormat>()];

    /// <summary>In the config and on the command line.</summary>
    public static string Word(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => "arrow",
        MessageFormat.Json => "json",
    };

    /// <summary>For people.</summary>
    public static string Name(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => "Arrow",
        MessageFormat.Json => "JSON",
    };

    /// <summary>Its messages do not say of what type a column is, and values may lie deep in a row: a reader is told types and paths beforehand.</summary>
    public static bool NeedsColumns(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => false,
        MessageFormat.Json => true,
    };

    /// <summary>The format of a message of which nothing else is known: what starts as JSON does is JSON, all else Arrow.</summary>
    public static MessageFormat Guess(ReadOnlySpan<byte> message) =>
        message.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? MessageFormat.Json : MessageFormat.Arrow;
}
