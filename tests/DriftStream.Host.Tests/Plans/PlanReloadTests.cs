using System.Text;
using DriftStream.Host.Plans;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Host.Tests.Observability;
using DriftStream.Host.Worker;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Plans;

public sealed class PlanReloadTests(Brokers brokers) : IDisposable
{
    private readonly ConfigFolder _files = new();
    private readonly Lines _log = new();
    private readonly WorkerStatus _status = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void GoodPlan_IsOffered_BadOneIsNot_AndEverybodyIsTold()
    {
        using PlanReload reload = Start(out PlanBook book);
        book.TakeWanted();
        Assert.Contains("driftstream_config_last_reload_successful 1", Metrics());

        _files.Text("owners: [{ id: \"\\u001b[2J\" }]\nmodells: []\n");
        ReloadAnswer refused = reload.Reload("test");
        Assert.Null(refused.Plan);
        Assert.Contains(refused.Findings, f => f.Code == "unknown_key");
        Assert.Contains("\"code\":\"unknown_key\"", Encoding.UTF8.GetString(refused.Json().Span));
        Assert.Null(book.TakeWanted());
        Assert.Contains(_status.Health.Details["config"], l => l.Contains("unknown key 'modells'", StringComparison.Ordinal));
        Assert.Contains(_log.Texts, l => l.Contains("unknown key 'modells'", StringComparison.Ordinal));
        Assert.Contains(_log.Texts, l => l.Contains("refused", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Texts.Concat(_status.Health.Details["config"]), l => l.Any(char.IsControl));
        Assert.Contains("driftstream_config_last_reload_successful 0", Metrics());

        _files.Write(", window: { size: 2d }");
        ReloadAnswer taken = reload.Reload("test");
        Assert.NotNull(taken.Plan);
        Assert.Equal(taken.Plan, book.TakeWanted()!.Hash);
        Assert.Empty(_status.Health.Details);
        string metrics = Metrics();
        Assert.Contains("driftstream_config_last_reload_successful 1", metrics);
        Assert.Matches(@"driftstream_config_last_reload_success_timestamp_seconds 1[0-9.e+]+", metrics);
    }

    [Fact]
    public async Task Run_ReadsChangedFiles_AndWhenAsked()
    {
        using PlanReload reload = Start(out PlanBook book);
        book.TakeWanted();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task run = Task.Run(() => reload.Run(TimeSpan.FromMilliseconds(20), stop.Token), Cancel);
        _files.Write(", window: { size: 2d }");
        Assert.Equal(2 * 86_400_000_000, (await Wanted(book)).Models[0].Windows.Windows[0].Size);
        reload.Ask(); // the same plan: offered, and dropped where it is the newest
        Assert.Equal(2 * 86_400_000_000, (await Wanted(book)).Models[0].Windows.Windows[0].Size);
        Assert.Contains(_log.Texts, l => l.Contains("SIGHUP", StringComparison.Ordinal));
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public void SectionsThatNeedAStart_AreNamed()
    {
        using PlanReload reload = Start(out _);
        _files.Worker = """
            kafka: { bootstrap: "elsewhere:9092" }
            web: { reload: true }
            engine: { flush: 1s }
            gpu: off
            time: { max_future: 1m, idle_after: 7s, close_after_idle: 7s }
            topics: { prefix: other. }
            limits: { columns: 7 }
            """;
        _files.Write();
        Assert.NotNull(reload.Reload("test").Plan);
        Assert.Contains(_log.Texts, l => l.EndsWith(
            "changes of kafka, web, engine, gpu, time.idle_after, time.close_after_idle, topics, limits take effect when the worker is started again",
            StringComparison.Ordinal));
    }

    [Fact]
    public void NewOwnerWithoutATopic_IsNamedOnce()
    {
        _files.Worker = $$"""
            kafka: { bootstrap: "{{brokers[Brokers.Embedded].Bootstrap}}" }
            topics: { prefix: t{{Guid.NewGuid():N}}. }
            """;
        _files.Write();
        using PlanReload reload = Start(out _);
        Assert.NotNull(reload.Reload("test").Plan);
        Assert.DoesNotContain(_log.Texts, l => l.Contains("topics --apply", StringComparison.Ordinal));
        _files.Write(owners: "  - { id: crew, contact: crew@example.org }\nroot_owner: team");
        Assert.NotNull(reload.Reload("test").Plan);
        Assert.NotNull(reload.Reload("test").Plan);
        Assert.Single(_log.Texts, l => l.StartsWith("owner crew is new and has no topic: ", StringComparison.Ordinal) && l.Contains("topics --apply"));
    }

    public void Dispose() => _files.Dispose();

    private PlanReload Start(out PlanBook book)
    {
        ConfigWatch watch = _files.Watch();
        DriftPlan plan = watch.Read().Plan!;
        return new PlanReload(watch, _files.Config, plan, book = new PlanBook(plan), _status.Health, _status.Metrics, TimeProvider.System, _log);
    }

    private static async Task<DriftPlan> Wanted(PlanBook book)
    {
        for (int wait = 0; wait < 1000; wait++)
        {
            if (book.TakeWanted() is { } plan) return plan;
            await Task.Delay(20, Cancel);
        }

        throw new TimeoutException("no plan was offered");
    }

    private string Metrics() => _status.Metrics.Text();
}
