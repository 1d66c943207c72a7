using System.Collections.Immutable;
using System.Runtime.InteropServices;
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

    private readonly LineLimit _lines = new(time, Hold);

    /// <param name="partition">The counts partition.</param>
    /// <param name="judge">The judge that said it.</param>
    /// <param name="output">What is said.</param>
    /// <param name="records">The records are added here, in the order in which they are to be written.</param>
    public void Add(int partition, Judge judge, JudgeOutput output, List<OutgoingRecord> records)
    {
        foreach (ModelFault fault in output.Faults)
        {
            metrics.Fault(fault.Step);
            _lines.Say(
                $"{fault.Model} {fault.Why.GetType().Name}",
                () => logger.ClosingFailed(fault.Why, fault.Model, partition),
                more => logger.ClosingFailedMore(fault.Model, partition, more, Hold.TotalSeconds));
        }

        foreach (UnjudgedWindow failed in output.Failures) Log(failed);
        foreach (SealedPane pane in output.Panes)
        {
            byte[] key = Encoding.UTF8.GetBytes(pane.Key.Model);
            records.Add(new OutgoingRecord(topics.Panes, partition, key, ImmutableCollectionsMarshal.AsArray(pane.Record)));
        }

        foreach (JudgedWindow window in output.Windows) Say(partition, judge, window, records);
    }

    private void Say(int partition, Judge judge, JudgedWindow window, List<OutgoingRecord> records)
    {
        (ImmutableArray<byte[]> Verdicts, byte[] Record) written;
        try
        {
            written = window.Write();
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            string reason = CountingFault.Describe(e);
            foreach (Verdict verdict in window.Verdicts) Log(new UnjudgedWindow(verdict.Window, reason, e));
            written = judge.Unjudged(window, reason).Write();
        }

        byte[] key = Encoding.UTF8.GetBytes(window.Record.Model);
        foreach (byte[] document in written.Verdicts) records.Add(new OutgoingRecord(topics.Verdicts, null, key, document));
        // In the partition of the counts, which is that of the model: the desk reads what was said of it in one order.
        records.Add(new OutgoingRecord(topics.Desk, partition, key, written.Record));
    }

    private void Log(UnjudgedWindow failed)
    {
        if (failed.Thrown is not null) metrics.Fault("judge");
        logger.WindowUnjudged(failed.Thrown, failed.Window.Model, EventTime.Format(failed.Window.Start), failed.Reason);
    }
}
