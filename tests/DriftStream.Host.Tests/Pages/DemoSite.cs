using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Pages;
using DriftStream.Host.Tests.Worker;
using DriftStream.Host.Web;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>
/// The pages of the demo's story on a port of this machine, behind a proxy that the tests play, with one episode more: a critical one that nobody has
/// answered. Answers go to a broker of their own, where the tests play the desk.
/// </summary>
public sealed class DemoSite(DemoOnce demo) : IAsyncLifetime
{
    public const string Collection = "pages";

    public const string Open = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private HealthPages? _server;
    private EmbeddedBroker? _broker;
    private WorkerMetrics? _metrics;

    internal Uri Address => _server!.Address;

    internal HistoryReader History { get; private set; } = null!;

    internal DriftPlan Plan { get; private set; } = null!;

    /// <summary>Everything that was said of the demo, by id.</summary>
    internal IEnumerable<JsonElement> Verdicts => demo.Result.Verdicts.Values.Select(v => JsonSerializer.Deserialize<JsonElement>(v));


    /// <summary>A client that sends what the proxy would.</summary>
    internal HttpClient Client(string? user, string groups = "")
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        if (user is not null) client.DefaultRequestHeaders.Add("X-User", user);
        if (groups.Length > 0) client.DefaultRequestHeaders.Add("X-Groups", groups);
        return client;
    }

    /// <summary>Takes the next answer from an owner's topic, which must be given after this is called, and replies to it as the desk does.</summary>
    internal async Task<JsonElement> ReplyAsync(string owner, string outcome, string why, CancellationToken cancel)
    {
        var names = new TopicNames(Plan.Topics.Prefix);
        (_, long end) = Partitions.Offsets(Plan.Kafka, names.AnswersOf(owner), 0, TimeSpan.FromSeconds(20), NullLogger.Instance, out _);
        JsonElement answer = await Task.Run(() =>
        {
            using LogTail tail = LogTail.Partition(Plan.Kafka, names.AnswersOf(owner), 0, end, NullLogger.Instance, follow: true);
            Assert.True(tail.TryRead(out LogRecord record, TimeSpan.FromSeconds(20), cancel));
            return JsonSerializer.Deserialize<JsonElement>(record.Value);
        }, cancel);
        var reply = new JsonObject
        {
            ["id"] = "r",
            ["answer"] = answer.GetProperty("id").GetString(),
            ["kind"] = answer.GetProperty("kind").GetString(),
            ["owner"] = owner,
            ["by"] = answer.GetProperty("by").GetString(),
            ["outcome"] = outcome,
            ["why"] = why,
            ["episode"] = Open,
            ["heard"] = EventTime.Format(Now),
        };
        using IProducer<byte[]?, byte[]> producer = new ProducerBuilder<byte[]?, byte[]>(ClientSettings.Producer(Plan.Kafka)).Build();
        var headers = new Headers { { "ce_type", Encoding.UTF8.GetBytes("io.driftstream.reply") } };
        await producer.ProduceAsync(names.AlertsOf(owner), new() { Value = Encoding.UTF8.GetBytes(reply.ToJsonString()), Headers = headers }, cancel);
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _metrics?.Dispose();
        _broker?.Dispose();
    }

    private static EventTime Now => EventTime.From(DateTime.UtcNow);

    public async ValueTask InitializeAsync()
    {
        PeoplePages pages = demo.Pages;
        History = new HistoryReader(pages.Store);
        _broker = new EmbeddedBroker();
        Plan = Teams(pages);
        foreach (string owner in Plan.Owners.Keys)
        {
            _broker.CreateTopic(new TopicNames(Plan.Topics.Prefix).AnswersOf(owner), 1);
            _broker.CreateTopic(new TopicNames(Plan.Topics.Prefix).AlertsOf(owner), 1);
        }

        pages.Show(() => Plan);
        Tell(pages.Store);
        _metrics = new WorkerMetrics();
        _server = await HealthPages.StartAsync(
            "127.0.0.1:0", new Health(TimeProvider.System), _metrics.Metrics, NullLogger.Instance, CancellationToken.None, reload: null, pages.Map);
    }

    private DriftPlan Teams(PeoplePages pages)
    {
        DriftPlan plan = pages.Plan;
        return plan with
        {
            Kafka = _broker!.Settings,
            Models = plan.Models.Add(plan.Models[0] with { Id = CreditModel.Id }),
            Owners = plan.Owners.SetItem("labour-insights", plan.Owners["labour-insights"] with { Members = ["group:labour"], Delegates = ["income-research"] })
                .SetItem("income-research", plan.Owners["income-research"] with { Members = ["user:rosa"] })
                .SetItem("ml-platform", plan.Owners["ml-platform"] with { Members = ["group:platform"] }),
        };
    }

    /// <summary>What a web stage would have read.</summary>
    internal void Hear(params LogRecord[] records)
    {
        var writer = new HistoryWriter(demo.Pages.Store, new TopicNames(Plan.Topics.Prefix), Duration.FromDays(90), TimeProvider.System, NullLogger.Instance);
        Assert.True(writer.TryWrite(records, new Dictionary<(string, int), long>()));
    }

    // The demo's worst alert once more, as an episode of today.
    private void Tell(HistoryStore store)
    {
        KnownEpisode worst = History.Episodes(new EpisodeFilter(Model: "employment", Open: false)).First(e => e.Severity == "critical");
        JsonObject alert = JsonObject.Create(History.Alerts(worst.Id).First(a => a.GetProperty("because").GetString() == "began"))!;
        (alert["id"], alert["episode"], alert["told"]) = (Open, Open, EventTime.Format(Now - Duration.FromHours(5)));
        (alert["respond_by"], alert["next"]) = (EventTime.Format(Now - Duration.FromHours(1)), "ml-platform");
        var names = new TopicNames(Plan.Topics.Prefix);
        var record = new LogRecord(names.AlertsOf("labour-insights"), 0, 1_000_000, Now, null, Encoding.UTF8.GetBytes(alert.ToJsonString()), []);
        var writer = new HistoryWriter(store, names, Duration.FromDays(90), TimeProvider.System, NullLogger.Instance);
        LogRecord worse = CreditModel.Alert(names.AlertsOf("labour-insights"), alert.DeepClone().AsObject(), Now - Duration.FromHours(1));
        // It is on again, as far as windows say.
        var symptom = new Symptom(new Subject("employment", "7", "7d", "AGEP", null), SymptomStatus.Began, Severity.Critical, Now, "AGEP has drifted");
        var window = new WindowRecord("employment", "7d", Now - Duration.FromDays(7), Now, true, 0, "sha256:p", [], [symptom]);
        LogRecord on = record with { Topic = names.Desk, Value = WindowRecordJson.Write(window) };
        Assert.True(writer.TryWrite([record, worse, on, .. CreditModel.Records(names, Now)], new Dictionary<(string, int), long>()));
    }
}

/// <summary>Tests of one site, one after the other.</summary>
[CollectionDefinition(DemoSite.Collection)]
public sealed class DemoSiteTests : ICollectionFixture<DemoSite>;

/// <summary>Metrics that nobody looks at.</summary>
internal sealed class WorkerMetrics : IDisposable
{
    private readonly Host.Worker.WorkerStatus _status = new(TimeProvider.System);

    public Metrics Metrics => _status.Metrics;

    public void Dispose() => _status.Dispose();
}
