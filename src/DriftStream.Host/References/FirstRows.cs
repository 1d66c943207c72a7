using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.References;

/// <summary>Builds a baseline of the first rows of a model's topics: the same one, whoever builds it.</summary>
/// <param name="Request">What is built, and how the model's rows are recognised.</param>
/// <param name="Spans">All source partitions, in order.</param>
/// <param name="End">Microseconds: the rows of the records before the first that is stamped then or later.</param>
internal sealed record FirstRows(BaselineRequest Request, IReadOnlyList<PartitionSpan> Spans, long End)
{
    /// <summary>The most bytes of messages that are kept in memory; a worker has other things to do with it.</summary>
    public const long MostBytes = 128L << 20;

    /// <summary>The baseline, or why there is none; null with a failure.</summary>
    /// <param name="kafka">The broker.</param>
    /// <param name="progress">Called with how many messages have been read.</param>
    /// <param name="notes">What else there is to say, a line each.</param>
    public BaselineLoad? Build(
        KafkaSettings kafka, ILogger logger, Action<long> progress, StringWriter notes, out KafkaFailure? failure, CancellationToken cancel)
    {
        if (FirstRecords.Read(kafka, Spans, End, MostBytes, logger, progress, out failure, cancel) is not { } read) return null;
        var files = new List<DataFile>();
        foreach (IGrouping<string, LogRecord> topic in read.Records.GroupBy(r => r.Topic))
        {
            var reference = new TopicReference(topic.Key, Request.Settings, Request.Stream, null, null);
            TopicMessages messages = reference.NewMessages();
            bool any = false;
            foreach (LogRecord record in topic) any |= reference.Add(record, messages);
            if (any && reference.Rows(messages, notes) is { } rows) files.Add(rows);
        }

        if (read.OneIn > 1) notes.WriteLine($"of the messages one in {read.OneIn} was taken, evenly spread");
        if (files.Count == 0) return BaselineLoad.Failed("none of these messages holds rows of the model that can be read" + Said(notes));
        if (files.Find(f => !IsLike(f, files[0])) is { } other) return BaselineLoad.Failed($"the columns of {other.Path} are not those of {files[0].Path}");
        BaselineResult result = BaselineSource.Count(new DataFile(files[0].Path, files[0].Schema, files.SelectMany(f => f.Batches)), Request.Settings);
        return result.Baseline is { } baseline ? BaselineLoad.Of(baseline) : BaselineLoad.Failed(string.Join("; ", result.Problems));
    }

    private static string Said(StringWriter notes) => string.Concat(
        notes.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(note => "; " + note));

    private static bool IsLike(DataFile file, DataFile first) => Columns(file).SequenceEqual(Columns(first));

    private static IEnumerable<(string, string)> Columns(DataFile file) =>
        file.Schema.Fields.Select(f => (f.Name, f.Type.IsNumber ? "number" : f.Type.Name)).OrderBy(f => f.Name, StringComparer.Ordinal);
}
