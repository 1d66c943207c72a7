using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Demo;

/// <summary>Reads the owners' topics and the verdicts while they are written, as anybody could.</summary>
internal sealed class DemoReader : IDisposable
{
    private readonly IConsumer<Ignore, byte[]> _consumer;
    private readonly HashSet<string> _ids = [];
    private readonly string _verdicts;
    private readonly string _prefix;

    public DemoReader(DriftPlan plan, ILogger logger)
    {
        var names = new TopicNames(plan.Topics.Prefix);
        (_verdicts, _prefix) = (names.Verdicts, names.AlertsOf(""));
        _consumer = new ConsumerBuilder<Ignore, byte[]>(ClientSettings.Reader(plan.Kafka)).LogTo(logger).Build();
        _consumer.Assign(TopicCatalogue.Of(plan)
            .Where(t => t.Name == _verdicts || t.Name.StartsWith(_prefix, StringComparison.Ordinal))
            .SelectMany(t => Enumerable.Range(0, t.Partitions).Select(p => new TopicPartitionOffset(t.Name, p, Offset.Beginning))));
    }

    public List<ReadAlert> Alerts { get; } = [];

    /// <summary>How many alerts and replies were read, copies for several owners once.</summary>
    public int Told => _ids.Count;

    /// <summary>Greatest PSI of any signal, by model and window start.</summary>
    public SortedDictionary<(string Model, long Start), double> Worst { get; } = [];

    /// <summary>How many verdicts are by labels that came later.</summary>
    public int Realised { get; private set; }

    /// <summary>Every verdict as its JSON, by id.</summary>
    public SortedDictionary<string, string> Verdicts { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes what is there, and calls back for every new alert.</summary>
    public void Drain(Action<ReadAlert> alert)
    {
        for (ConsumeResult<Ignore, byte[]>? result; (result = _consumer.Consume(TimeSpan.FromMilliseconds(20))) is not null;)
        {
            if (result.IsPartitionEOF || result.Message.Value is not { } value) continue;
            if (result.Topic == _verdicts) Verdict(value);
            else if (_ids.Add(IdOf(value)) && ReadAlert.Parse(value) is { } read)
            {
                Alerts.Add(read);
                alert(read);
            }
        }
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private static string IdOf(byte[] value)
    {
        using JsonDocument json = JsonDocument.Parse(value);
        return json.RootElement.GetProperty("id").GetString()!;
    }

    private void Verdict(byte[] value)
    {
        using JsonDocument json = JsonDocument.Parse(value);
        JsonElement root = json.RootElement;
        if (!Verdicts.TryAdd(root.GetProperty("id").GetString()!, System.Text.Encoding.UTF8.GetString(value))) return;
        if (root.TryGetProperty("delay", out _)) Realised++;
        if (!EventTime.TryParse(root.GetProperty("window").GetProperty("start").GetString(), out EventTime start)) return;
        double worst = 0;
        foreach (JsonElement signal in root.GetProperty("signals").EnumerateArray())
        {
            foreach (JsonElement statistic in signal.GetProperty("statistics").EnumerateArray())
            {
                if (statistic.GetProperty("name").GetString() == "psi" && statistic.GetProperty("value").ValueKind == JsonValueKind.Number)
                    worst = Math.Max(worst, statistic.GetProperty("value").GetDouble());
            }
        }

        Worst[(root.GetProperty("model").GetString()!, start)] = worst;
    }
}
