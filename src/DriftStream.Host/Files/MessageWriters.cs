using DriftStream.Batches;
using DriftStream.Frames;

namespace DriftStream.Host.Files;

/// <summary>Rows of a sequence of batches as messages of one format.</summary>
internal interface IMessageWriter
{
    /// <summary>How many values have been left out so far because the format cannot hold them.</summary>
    long LeftOut { get; }

    /// <summary>The message of these rows, in this order.</summary>
    byte[] Write(List<RowSpan> spans);
}

/// <summary>What can be written in which format.</summary>
internal static class MessageWriters
{
    /// <param name="format">How the messages are written.</param>
    /// <param name="batches">Batches of one schema. They must not change as long as messages are written.</param>
    /// <param name="compression">How buffers are compressed, where the format <see cref="HasCompression"/>.</param>
    public static IMessageWriter Of(MessageFormat format, IReadOnlyList<Batch> batches, ArrowCompression compression) => format switch
    {
        MessageFormat.Arrow => new ArrowMessages(batches, compression),
        MessageFormat.Json => new JsonMessages(batches),
    };

    public static bool HasCompression(MessageFormat format) => format switch
    {
        MessageFormat.Arrow => true,
        MessageFormat.Json => false,
    };

    public static bool CanWrite(MessageFormat format, ColumnType type) => format switch
    {
        MessageFormat.Arrow => ArrowColumn.CanWrite(type),
        MessageFormat.Json => JsonMessages.CanWrite(type),
    };

    /// <summary>What the columns of a file become.</summary>
    public static string Columns(MessageFormat format) => format switch
    {
        MessageFormat.Arrow => "columns",
        MessageFormat.Json => "fields of the row",
    };
}
