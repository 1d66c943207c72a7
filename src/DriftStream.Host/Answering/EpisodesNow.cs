using DriftStream.Alerts;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Answering;

/// <summary>
/// Open episodes as they are now: alerts say how they were when they were told, windows in the log of the desks what has become of them since.
/// </summary>
internal static class EpisodesNow
{
    /// <param name="plan">Names the broker.</param>
    /// <param name="told">As owners were told last.</param>
    /// <param name="errors">That the log cannot be read is said here: episodes are then as they were told.</param>
    public static IReadOnlyList<ToldEpisode> Of(
        DriftPlan plan, IReadOnlyList<ToldEpisode> told, TextWriter errors, ILogger logger, CancellationToken cancel)
    {
        if (told.Where(e => e.IsOpen).Min(e => e.Told) is not { } since) return told;
        string topic = new TopicNames(plan.Topics.Prefix).Desk;
        var now = new Dictionary<string, SymptomNow>(StringComparer.Ordinal);
        using LogTail? tail = LogTail.Since(plan.Kafka, topic, since, logger, out KafkaFailure? failure);
        while (tail is not null && tail.TryRead(out LogRecord record, cancel))
        {
            if (record.Value is null || WindowRecordJson.Read(record.Value) is not { } window) continue;
            foreach (SymptomNow symptom in SymptomNow.Of(window))
            {
                if (!now.TryGetValue(symptom.Key, out SymptomNow? before) || symptom.Ends > before.Ends) now[symptom.Key] = symptom;
            }
        }

        // An owner's people may read what is told to them and perhaps nothing else.
        if ((failure ?? tail?.Failure) is { } why)
            errors.WriteLine($"shown as they were told, for {topic} cannot be read ({why.Detail}): symptoms may have ended since");
        return [.. told.Select(e => e.IsOpen ? new ToldEpisode(SymptomNow.Merge(e.Alert, now.GetValueOrDefault)) : e)];
    }
}
