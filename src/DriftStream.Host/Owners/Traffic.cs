using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Owners;

/// <summary>Rows of a model that nobody owns.</summary>
/// <param name="Rows">Of the latest window that was told of.</param>
/// <param name="Until">The end of that window.</param>
internal sealed record UnownedRows(long Rows, EventTime Until);

/// <summary>A version of a model that had rows lately, by verdicts.</summary>
/// <param name="First">End of the first window with rows of it.</param>
/// <param name="Last">End of the last one.</param>
/// <param name="Rows">In that one.</param>
/// <param name="Judgement">Of that one.</param>
internal sealed record SeenVersion(EventTime First, EventTime Last, long Rows, string Judgement);

/// <summary>Which models had rows lately, by what was judged and told.</summary>
internal sealed class Traffic
{
    /// <summary>How long a model may be without rows; a window that is open is given its time besides.</summary>
    public static readonly Duration MostQuiet = Duration.FromDays(7);

    private readonly Dictionary<string, EventTime> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<string, SeenVersion>> _versions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, UnownedRows> _unowned = new(StringComparer.Ordinal);

    /// <summary>The latest end of a window with rows, by model; of models with none lately nothing.</summary>
    public IReadOnlyDictionary<string, EventTime> Last => _last;

    /// <summary>The versions of a model that had rows lately, by name; none where the model has no versions.</summary>
    public IReadOnlyDictionary<string, SeenVersion> VersionsOf(string model) =>
        _versions.TryGetValue(model, out SortedDictionary<string, SeenVersion>? versions) ? versions : new Dictionary<string, SeenVersion>();

    /// <summary>Models that are not in the plan, with their rows.</summary>
    public IReadOnlyDictionary<string, UnownedRows> Unowned => _unowned;

    /// <summary>Since when a model without rows is one without traffic.</summary>
    public static EventTime Limit(ModelPlan model, EventTime now) =>
        now - MostQuiet - model.Windows.Windows.Min(w => w.Longest) - model.Windows.AllowedLateness;

    /// <summary>Reads the topics of verdicts and alerts as far back as any model's <see cref="Limit"/>; null where the broker fails.</summary>
    public static Traffic? Read(DriftPlan plan, EventTime now, ILogger logger, out KafkaFailure? failure)
    {
        var traffic = new Traffic();
        var names = new TopicNames(plan.Topics.Prefix);
        EventTime since = plan.Models.Select(m => Limit(m, now)).Aggregate(now - MostQuiet - MostQuiet, EventTime.Min);
        failure = Read(plan.Kafka, names.Verdicts, since, logger, traffic.Verdict)
            ?? Read(plan.Kafka, names.Alerts, since, logger, alert => traffic.Alert(alert, plan, since));
        return failure is null ? traffic : null;
    }

    private static KafkaFailure? Read(KafkaSettings kafka, string topic, EventTime since, ILogger logger, Action<JsonElement> take)
    {
        using LogTail? tail = LogTail.Since(kafka, topic, since, logger, out KafkaFailure? failure);
        if (tail is null) return failure;
        while (tail.TryRead(out LogRecord record))
        {
            if (record.Value is null) continue;
            try
            {
                using JsonDocument json = JsonDocument.Parse(record.Value);
                take(json.RootElement);
            }
            // `verdicts` and `alerts` say which records are none of DriftStream's.
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
            }
        }

        return tail.Failure;
    }

    private void Verdict(JsonElement verdict)
    {
        string model = verdict.GetProperty("model").GetString()!;
        if (verdict.GetProperty("rows").GetInt64() == 0 || End(verdict) is not { } end) return;
        _last[model] = _last.TryGetValue(model, out EventTime last) ? EventTime.Max(last, end) : end;
        if (verdict.TryGetProperty("other_versions", out _) || !verdict.TryGetProperty("version", out JsonElement version)) return;
        if (version.GetString() is { Length: > 0 } name) Version(model, name, end, verdict);
    }

    private void Version(string model, string version, EventTime end, JsonElement verdict)
    {
        if (!_versions.TryGetValue(model, out SortedDictionary<string, SeenVersion>? versions))
            _versions.Add(model, versions = new SortedDictionary<string, SeenVersion>(StringComparer.Ordinal));
        var seen = new SeenVersion(end, end, verdict.GetProperty("rows").GetInt64(), verdict.GetProperty("judgement").GetString()!);
        if (versions.TryGetValue(version, out SeenVersion? known))
            seen = (end >= known.Last ? seen : known) with { First = EventTime.Min(known.First, end) };
        versions[version] = seen;
    }

    private void Alert(JsonElement alert, DriftPlan plan, EventTime since)
    {
        JsonElement statistic = alert.GetProperty("statistic");
        if (statistic.ValueKind != JsonValueKind.Object || statistic.GetProperty("name").GetString() != "unowned_rows") return;
        string model = alert.GetProperty("model").GetString()!;
        if (End(alert) is not { } end || end < since || plan.Models.Any(m => m.Id == model)) return;
        if (!_unowned.TryGetValue(model, out UnownedRows? known) || known.Until <= end)
            _unowned[model] = new UnownedRows(statistic.GetProperty("window_rows").GetInt64(), end);
    }

    private static EventTime? End(JsonElement record) =>
        EventTime.TryParse(record.GetProperty("window").GetProperty("end").GetString(), out EventTime end) ? end : null;
}
