using System.Collections.Immutable;

namespace DriftStream.Frames;

/// <summary>How messages are written.</summary>
public enum MessageFormat : byte
{
    /// <summary>A stream of Arrow IPC.</summary>
    Arrow,

    /// <summary>JSON: one row, or an array of rows.</summary>
    Json,
}

/// <summary>The names of formats, and how to tell them apart. Everything else in which they differ is a switch over all formats as well.</summary>
public static class MessageFormats
{
    /// <summary>Every format.</summary>
    public static ImmutableArray<MessageFormat> All { get; } = [.. Enum.GetValues<MessageFormat>()];

    /// <summary>The format's name in the config and on the command line.</summary>
    public static string Word(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => "arrow",
        MessageFormat.Json => "json",
    };

    /// <summary>The format's name for people.</summary>
    public static string Name(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => "Arrow",
        MessageFormat.Json => "JSON",
    };

    /// <summary>Whether a reader must be told types and paths: messages do not state the types of columns, and values may lie deep in a row.</summary>
    public static bool NeedsColumns(this MessageFormat format) => format switch
    {
        MessageFormat.Arrow => false,
        MessageFormat.Json => true,
    };

    /// <summary>The format of a message of which nothing else is known: JSON if it starts as JSON does, otherwise Arrow.</summary>
    public static MessageFormat Guess(ReadOnlySpan<byte> message) =>
        message.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? MessageFormat.Json : MessageFormat.Arrow;
}
