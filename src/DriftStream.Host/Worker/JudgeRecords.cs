using System.Buffers;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Worker;

/// <summary>
/// What a judge says, as records. What cannot be written for one model is unjudged, with the reason, and the root owner is told; everything
/// else is written as usual.
/// </summary>
internal sealed class JudgeRecords(TopicNames topics, Metrics metrics, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly LineLimit _lines = new(time, Hold);

    /// <param name="partition">The counts partition.</param>
    /// <param name="judge">The judge that said it.</param>
    /// <param name="output">What is said.</param>
    /// <param name="records">The records are added here, in the order in which they are to be written.</param>
    public void Add(int partition, Judge judge, JudgeOutput output, List<OutgoingRecord> records)
    {
        foreach (ModelFault fault in output.Faults)
        {
            metrics.Fault("close");
            _lines.Say(
                $"{fault.Model} {fault.Why.GetType().Name}",
                () => logger.ClosingFailed(fault.Why, fault.Model, partition),
                more => logger.ClosingFailedMore(fault.Model, partition, more, Hold.TotalSeconds));
        }

        foreach (UnjudgedWindow failed in output.Failures) Log(failed);
        foreach (SealedPane pane in output.Panes) records.Add(Pane(partition, pane));
        foreach (Verdict verdict in output.Verdicts) Say(judge, verdict.Window, records, () => Documents(verdict));
        foreach (Alert alert in output.Alerts) Say(judge, alert.Window, records, () => [AlertRecords.Internal(topics.Alerts, alert)]);
    }

    private OutgoingRecord Pane(int partition, SealedPane pane)
    {
        _buffer.ResetWrittenCount();
        try
        {
            FrameCodec.Write(pane, _buffer);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            // A judge that restarts with this pane does not judge the windows that hold it.
            metrics.Fault("write");
            logger.ClosingFailed(e, pane.Key.Model, partition);
            _buffer.ResetWrittenCount();
            FrameCodec.Write(pane with { Entry = PaneFault.In(pane.Entry, CountingFault.Describe(e)) }, _buffer);
        }

        return new OutgoingRecord(topics.Panes, partition, Encoding.UTF8.GetBytes(pane.Key.Model), _buffer.WrittenSpan.ToArray());
    }

    private void Say(Judge judge, ClosedWindow window, List<OutgoingRecord> records, Func<OutgoingRecord[]> write)
    {
        try
        {
            records.AddRange(write());
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            var failed = new UnjudgedWindow(window, CountingFault.Describe(e), e);
            Log(failed);
            (Verdict verdict, Alert alert) = judge.Unjudged(failed);
            records.AddRange(Documents(verdict));
            records.Add(AlertRecords.Internal(topics.Alerts, alert));
        }
    }

    private OutgoingRecord[] Documents(Verdict verdict)
    {
        byte[] key = Encoding.UTF8.GetBytes(verdict.Window.Model);
        return [.. VerdictJson.Write(verdict).Select(document => new OutgoingRecord(topics.Verdicts, null, key, document))];
    }

    private void Log(UnjudgedWindow failed)
    {
        if (failed.Thrown is not null) metrics.Fault("judge");
        logger.WindowUnjudged(failed.Thrown, failed.Window.Model, EventTime.Format(failed.Window.Start), failed.Reason);
    }
}
