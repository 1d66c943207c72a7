using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Host.Answering;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.History;
using DriftStream.Judging;
using DriftStream.Plan;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Answering;

/// <summary>Episodes as <c>driftstream episodes</c> shows them: told once, and since then symptoms have ended.</summary>
public sealed class EpisodesNowTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void SymptomsThatHaveEnded_AreShownAsEnded_AndNothingElseIsSaid()
    {
        using var broker = new EmbeddedBroker();
        DriftPlan plan = Kafka.Plans.Small(broker.Settings);
        broker.CreateTopic(Records.Topics.Desk, 12);
        using (var producer = new AckedProducer(plan.Kafka, NullLogger.Instance))
        {
            byte[][] log =
            [
                Records.Window("m", 1, "y", SymptomStatus.Ended).Value!, Encoding.UTF8.GetBytes("""{"kind":"tick","upto":1}"""),
                Records.Window("m", 2, "x", SymptomStatus.Ended).Value!, Records.Window("m", 2, "y", SymptomStatus.Began, Severity.Warning).Value!,
            ];
            foreach (byte[] record in log) Assert.Null(producer.Send(new OutgoingRecord(Records.Topics.Desk, 3, Encoding.UTF8.GetBytes("m"), record), Cancel));
            Assert.Null(producer.Barrier(Cancel));
        }

        ToldEpisode firing = Told(Records.With(Records.Alert("m", "e", 1, "firing"), "y", "warning")), over = Told(Records.Alert("m", "f", 2, "resolved"));
        IReadOnlyList<ToldEpisode> now = Now(plan, firing, over);
        Assert.Equal(("warning", "ended: x; told as critical"), (now[0].Severity, now[0].Ended));
        Assert.Equal((1, "firing", "critical"), (now[0].Revision, now[0].Status, now[1].Severity));
        Assert.Null(now[1].Ended);
    }

    /// <summary>An owner's people may read what is told to them and perhaps nothing else.</summary>
    [Fact]
    public void WhereTheLogCannotBeRead_EpisodesAreAsTheyWereTold_AndThatIsSaid()
    {
        using var broker = new EmbeddedBroker();
        var errors = new StringWriter();
        ToldEpisode now = Assert.Single(EpisodesNow.Of(
            Kafka.Plans.Small(broker.Settings, "nosuch."), [Told(Records.Alert("m", "e", 1, "firing"))], errors, NullLogger.Instance, Cancel));
        Assert.Equal(("critical", null), (now.Severity, now.Ended));
        Assert.Contains("shown as they were told", errors.ToString(), StringComparison.Ordinal);
    }

    private static IReadOnlyList<ToldEpisode> Now(DriftPlan plan, params ToldEpisode[] told) =>
        EpisodesNow.Of(plan, told, TextWriter.Null, NullLogger.Instance, Cancel);

    private static ToldEpisode Told(LogRecord record) => new(JsonSerializer.Deserialize<JsonElement>(record.Value));
}
