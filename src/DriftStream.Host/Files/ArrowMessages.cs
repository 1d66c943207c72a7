using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using DriftStream.Batches;
using Field = Apache.Arrow.Field;
using Schema = Apache.Arrow.Schema;

namespace DriftStream.Host.Files;

/// <summary>How the buffers of written messages are compressed.</summary>
public enum ArrowCompression : byte { None, Lz4, Zstd }

/// <summary>
/// Writes rows of a sequence of batches as messages: each a whole Arrow stream of the same schema with its dictionaries and one
/// record batch. Text with a dictionary of at most 65,535 values is written as dictionary&lt;int8|int16|int32, utf8&gt; by the number
/// of its distinct values in all batches; text with more values, and other text, as utf8. Columns that cannot be read are left out.
/// </summary>
public sealed class ArrowMessages : IMessageWriter
{
    private readonly IReadOnlyList<Batch> _batches;
    private readonly long[] _starts;
    private readonly List<(int Index, ArrowColumn Column)> _columns = [];
    private readonly Schema _schema;
    private readonly IpcOptions _options = new();

    /// <param name="batches">Batches of one schema. They must not change as long as messages are written.</param>
    /// <param name="compression">How buffers are compressed.</param>
    public ArrowMessages(IReadOnlyList<Batch> batches, ArrowCompression compression = ArrowCompression.None)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batches.Count, nameof(batches));
        _batches = batches;
        _starts = new long[batches.Count + 1];
        for (int i = 0; i < batches.Count; i++) _starts[i + 1] = _starts[i] + batches[i].Rows;
        var fields = new List<Field>();
        for (int i = 0; i < batches[0].Columns.Length; i++)
        {
            int index = i;
            if (ArrowColumn.For([.. batches.Select(b => b.Columns[index])]) is not { } column) continue;
            _columns.Add((i, column));
            fields.Add(new Field(batches[0].Schema.Fields[i].Name, column.Type, nullable: true));
        }

        _schema = new Schema(fields, null);
        if (compression == ArrowCompression.None) return;
        _options.CompressionCodecFactory = new CompressionCodecFactory();
        _options.CompressionCodec = compression == ArrowCompression.Lz4 ? CompressionCodecType.Lz4Frame : CompressionCodecType.Zstd;
    }

    /// <summary>How many rows all batches have.</summary>
    public long Rows => _starts[^1];

    /// <summary>The message of the rows from <paramref name="from"/> up to but without <paramref name="to"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not rows of the batches.</exception>
    public byte[] Write(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, Rows);
        return Write(Spans(from, to));
    }

    byte[] IMessageWriter.Write(List<RowSpan> spans) => Write(spans);

    long IMessageWriter.LeftOut => 0;

    /// <summary>The message of these rows, in this order.</summary>
    internal byte[] Write(List<RowSpan> spans)
    {
        int rows = checked(spans.Sum(s => s.Rows));
        var arrays = new IArrowArray[_columns.Count];
        for (int i = 0; i < arrays.Length; i++) arrays[i] = _columns[i].Column.Array(spans, rows);
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, _schema, leaveOpen: true, _options))
        {
            var batch = new RecordBatch(_schema, arrays, rows);
            writer.WriteRecordBatch(batch);
            // Arrow's writer lets go of the batch before it has written its buffers, and they lie in memory that a finalizer frees.
            GC.KeepAlive(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    private List<RowSpan> Spans(long from, long to)
    {
        var spans = new List<RowSpan>();
        int batch = System.Array.BinarySearch(_starts, from);
        for (batch = batch < 0 ? ~batch - 1 : batch; batch < _batches.Count && _starts[batch] < to; batch++)
        {
            int start = (int)(Math.Max(from, _starts[batch]) - _starts[batch]);
            int end = (int)(Math.Min(to, _starts[batch + 1]) - _starts[batch]);
            if (end > start) spans.Add(new RowSpan(batch, start, end - start));
        }

        return spans;
    }
}

/// <summary>Rows of one batch of a sequence.</summary>
internal readonly record struct RowSpan(int Batch, int Start, int Rows);
