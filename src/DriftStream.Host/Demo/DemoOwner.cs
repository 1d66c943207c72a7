using System.Text;
using System.Text.Json.Nodes;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Demo;

/// <summary>
/// The people of the demo: they acknowledge what they are told, but nobody answers the first critical alert until it is escalated; then somebody does, and
/// writes down what was decided. They read owners' topics and write into the topics of answers, as anybody could.
/// </summary>
internal sealed class DemoOwner : IDisposable
{
    private readonly TopicNames _topics;
    private readonly AckedProducer _producer;
    private int _answers;
    private string? _unanswered;

    public DemoOwner(DriftPlan plan, ILogger logger)
    {
        _topics = new TopicNames(plan.Topics.Prefix);
        _producer = new AckedProducer(plan.Kafka, logger);
    }

    /// <summary>An alert is left unanswered, and has not been decided upon yet.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Answers an alert, or not.</summary>
    public void Read(ReadAlert alert)
    {
        if (alert.Episode == _unanswered && (alert.Decision is not null || alert.Status == "resolved")) IsWaiting = false;
        if (!alert.Firing) return;
        bool first = alert.Because is "began" or "back";
        if (first && alert.Severity == "critical" && _unanswered is null)
        {
            (_unanswered, IsWaiting) = (alert.Episode, true);
            return;
        }

        if (alert.Because == "escalated")
        {
            Say(alert.To[^1], "acknowledge", alert, "the platform team has it");
            Say(alert.To[^1], "decide", alert, "age arrives in months: the feed is rolled back");
        }
        else if (first)
        {
            Say(alert.Owner, "acknowledge", alert, "we look into it");
        }
    }

    public void Dispose() => _producer.Dispose();

    private void Say(string owner, string kind, ReadAlert alert, string note)
    {
        string id = $"demo-{++_answers:0000}";
        var answer = new JsonObject
        {
            ["id"] = id,
            ["kind"] = kind,
            ["model"] = alert.Model,
            ["episode"] = alert.Episode,
            ["revision"] = alert.Revision,
            ["by"] = "scripted",
            ["via"] = "demo",
            ["note"] = note,
        };
        if (kind == "decide" && alert.Action is { } action) (answer["action"], answer["accept"]) = (action.Kind, true);
        // What cannot be written is missing in the closing table.
        _ = _producer.Send(new OutgoingRecord(_topics.AnswersOf(owner), 0, Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(answer.ToJsonString())))
            ?? _producer.Barrier();
    }
}
