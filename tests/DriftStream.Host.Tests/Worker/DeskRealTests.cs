using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using DriftStream.Desk;
using DriftStream.Host.Tests.Webhooks;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

/// <summary>
/// The stories of owners (those of DeskScenarioTests, with seconds for hours) by desks in processes of their own on a real Kafka, which are killed, paused and
/// run at once. Whatever happens to them, each revision is told once, to whom it goes, as a fold of the log says it.
/// </summary>
[Trait("needs", "kafka")]
public sealed class DeskRealTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(7), Lapses = TimeSpan.FromSeconds(15);

    // Whom the models of the stories belong to; the name says which: late, heard, down, quiet, left, right, moved and away.
    private static readonly (string Model, string Owner)[] Models =
    [
        ("late", "a"), ("heard", "a-heard"), ("down", "a-down"), ("quiet", "a-quiet"), ("left", "a-left"), ("right", "a-right"), ("moved", "a-moved"),
        ("away", "a-away"),
    ];

    [Fact]
    public async Task Stories_OfDesksThatAreKilled_PausedAndTakenOver()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        var admin = new KafkaSettings(cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
        using var run = new DeskRun(admin, Hurried(admin), Owners(4), Models, output);
        WorkerProcess first = run.Start();
        await Task.WhenAll(
            run.Say("silence", "--model", "quiet", "--signal", "age", "--until", "25s", "--reason", "known"),
            run.Say("away", "--owner", "a-away", "--until", "1h", "--to", "e"));
        run.Judge(1, ("late", "+age!"), ("heard", "+age!"), ("down", "+age!"), ("quiet", "+age"));
        run.Judge(2, ("quiet", "+job"));
        ToldAlert heard = run.Await("a-heard", "heard", 1), quiet = run.Await("a-quiet", "quiet", 1);
        run.Await("a", "late", 1);
        run.Await("a-down", "down", 1);

        run.Note("killed: before the deadlines. The answer in time is written to nobody");
        first.Kill();
        run.Acknowledge("a-heard", heard);
        run.Acknowledge("a-quiet", quiet);
        await Task.Delay(Soon, TestContext.Current.CancellationToken);
        WorkerProcess second = run.Start();
        ToldAlert late = run.Await("b", "late", 2);
        run.Await("b", "down", 2);

        run.Note("killed: after the escalation, as soon as an answer and symptoms are written");
        run.Acknowledge("b", late, Lapses);
        run.Judge(3, ("left", "+age"), ("right", "+age"), ("moved", "+age!"), ("away", "+age"), ("ghost", "+?"));
        second.Kill();
        WorkerProcess third = run.Start();
        ToldAlert away = run.Await("e", "away", 1);
        run.Await("root", "ghost", 1);
        ToldAlert moved = run.Await("a-moved", "moved", 1);

        run.Note("a second desk, which brings another plan");
        run.Write(Owners(3600), [.. Models.Select(m => m.Model == "moved" ? m with { Owner = "d" } : m)]);
        WorkerProcess fourth = run.Start();
        ToldAlert handed = run.Await("d", "moved", 2);
        run.Acknowledge("a-moved", moved);
        run.Acknowledge("e", away);
        await Task.WhenAll(
            run.Say("ack", handed.Episode, "--until", "1h"),
            run.Say("decide", "--model", "left", "--note", "the feed is rolled back"));
        run.Await("a-left", "left", 2);
        run.Await("c", "down", 3);

        run.Note("paused as soon as symptoms are written: the other one takes over, and it comes back as a zombie");
        run.Judge(4, ("left", "+job!"), ("right", "+job!"), ("away", "+job!"));
        third.Pause();
        run.Await("a-left", "left", 3);
        run.Await("a-right", "right", 2);
        run.Await("e", "away", 3);
        third.GoOn();
        run.Judge(5, ("left", "+pay!"), ("right", "-age -job"));
        fourth.Kill();
        run.Await("a-right", "right", 3);
        run.Await("a-left", "left", 4);
        run.Await("a-quiet", "quiet", 3);
        run.Await("b", "late", 4);
        run.Judge(6, ("heard", "-age"), ("down", "-age"), ("moved", "-age"), ("ghost", "-?"), ("late", "-age"));

        run.Read.AlertsAreThoseOfTheLog(DeskRun.Partitions, () => run.Log);
        foreach ((string name, string[] story) in Expected) Assert.Equal(story, run.Read.StoryOf(name));
        int twice = run.Read.OwnersHaveThem(DeskRun.Partitions);
        run.Note(string.Create(CultureInfo.InvariantCulture, $"{run.Read.Alerts.Count} alerts, {twice} delivered twice"));
        DeskAlert[] down = [.. run.Read.Alerts.Values.Where(a => a.Model == "down").OrderBy(a => a.Revision)];
        Assert.True(down[2].Told - down[1].Told >= 3_000_000, "each step of the chain from when the one before was told");
        Assert.Equal(0, third.Stop());
    }

    /// <summary>
    /// The same, where at every step one of two desks is killed and another one starts. Explicit, for it starts some thirty of them, and owners have time to
    /// answer between all that.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task Stories_OfTwoDesks_OneOfWhichIsKilledAtEveryStep()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        var admin = new KafkaSettings(cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
        string owners = Owners(30).Replace("after: 5s", "after: 30s", StringComparison.Ordinal);
        using var run = new DeskRun(admin, Hurried(admin), owners, Models, output);
        var desks = new Queue<WorkerProcess>([run.Start(), run.Start()]);
        int killed = 0;
        await Step(() => run.Say("silence", "--model", "quiet", "--signal", "age", "--until", "1h", "--reason", "known"));
        await Step(() => run.Say("away", "--owner", "a-away", "--until", "1h", "--to", "e"));
        Do(() => run.Judge(1, ("late", "+age!"), ("heard", "+age!"), ("quiet", "+age")));
        Do(() => run.Judge(2, ("quiet", "+job")));
        ToldAlert heard = Next(() => run.Await("a-heard", "heard", 1));
        Do(() => run.Acknowledge("a-heard", heard));
        ToldAlert quiet = Next(() => run.Await("a-quiet", "quiet", 1));
        Do(() => run.Acknowledge("a-quiet", quiet));
        Do(() => run.Judge(3, ("left", "+age"), ("right", "+age"), ("moved", "+age!"), ("away", "+age"), ("ghost", "+?")));
        ToldAlert away = Next(() => run.Await("e", "away", 1));
        Do(() => run.Acknowledge("e", away));
        Do(() => run.Write(owners, [.. Models.Select(m => m.Model == "moved" ? m with { Owner = "d" } : m)]));
        ToldAlert handed = Next(() => run.Await("d", "moved", 2));
        Do(() => run.Acknowledge("d", handed));
        ToldAlert late = Next(() => run.Await("b", "late", 2));
        Do(() => run.Acknowledge("b", late));
        await Step(() => run.Say("decide", "--model", "left", "--note", "the feed is rolled back"));
        Do(() => run.Await("a-left", "left", 2));
        Do(() => run.Judge(4, ("left", "+job!"), ("right", "+job!"), ("away", "+job!")));
        Do(() => run.Await("a-right", "right", 2));
        Do(() => run.Judge(5, ("right", "-age -job"), ("heard", "-age"), ("moved", "-age"), ("ghost", "-?"), ("late", "-age")));
        ToldToTheEnd(run);
        run.Note($"{killed} desks killed");

        async Task Step(Func<Task> step)
        {
            await step();
            Kill();
        }

        T Next<T>(Func<T> step)
        {
            T done = step();
            Kill();
            return done;
        }

        void Do(Action step)
        {
            step();
            Kill();
        }

        // What a step wrote has been heard by nobody, or by one desk and told by none, or told by one and delivered to none.
        void Kill()
        {
            desks.Dequeue().Kill();
            desks.Enqueue(run.Start());
            killed++;
        }
    }

    private static void ToldToTheEnd(DeskRun run)
    {
        (string, string, int)[] last =
        [
            ("a-left", "left", 3), ("e", "away", 3), ("a-right", "right", 3), ("a-heard", "heard", 3), ("d", "moved", 4), ("root", "ghost", 2),
            ("a", "late", 4),
        ];
        foreach ((string owner, string model, int revision) in last) run.Await(owner, model, revision);
        run.Read.AlertsAreThoseOfTheLog(DeskRun.Partitions, () => run.Log);
        int twice = run.Read.OwnersHaveThem(DeskRun.Partitions);
        run.Note(string.Create(CultureInfo.InvariantCulture, $"{run.Read.Alerts.Count} alerts, {twice} delivered twice"));
        Assert.Equal([.. Expected["late"][..^2], "r4 resolved critical [] to a b, resolved"], run.Read.StoryOf("late"));
        Assert.Equal(Expected["quiet"][..^1], run.Read.StoryOf("quiet"));
        Assert.Equal(Expected["left"][..^1], run.Read.StoryOf("left"));
        Assert.Equal(Expected["moved"].Where(l => !l.Contains("refused", StringComparison.Ordinal)), run.Read.StoryOf("moved"));
        foreach (string name in (string[])["heard", "right", "ghost", "away", "a-away"]) Assert.Equal(Expected[name], run.Read.StoryOf(name));
    }

    /// <summary>
    /// Owner x has no topic, y's is forbidden, z's takes no more than 1 KB, and w's webhook hangs: all others are told in their usual time, the root owner
    /// has what could not be told, and the webhook goes on where it stood, after a kill too.
    /// </summary>
    [Fact]
    public async Task ChannelsThatFail_HoldNobodyElse()
    {
        using KafkaCluster cluster = KafkaCluster.StartSecure();
        var admin = new KafkaSettings(cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
        await DeliveryRealTests.Allow(admin, "y");
        bool hangs = true;
        using Receiver pager = new(no => no > 0 && Volatile.Read(ref hangs) ? null : Receiver.Fine), fine = new();
        string[] good = ["g0", "g1", "g2", "g3"], all = [.. good, "w", "x", "y", "z"];
        using var run = new DeskRun(admin, Hurried(DeliveryRealTests.Worker(cluster)), string.Join('\n', all.Select(o => o switch
        {
            "w" => Owner(o, pager),
            "g0" => Owner(o, fine),
            _ => Owner(o, null),
        })), [.. all.Select(o => (o, o))], output, owner => owner switch
        {
            "x" => null,
            "z" => new() { ["max.message.bytes"] = "1000" },
            _ => [],
        });
        WorkerProcess first = run.Start();
        run.Judge(1, [.. good.Select(o => (o, "*warm"))]);
        foreach (string owner in good) run.AwaitAll(owner, 1);

        const int each = 30;
        double[] Told(int from)
        {
            // What begins two hours after the last is another episode, and told at once.
            for (int i = from; i < from + each; i++) run.Judge(1 + (2 * i), [.. good.Select(o => (o, $"*s{i}"))]);
            return [.. good.SelectMany(o => run.AwaitAll(o, from + each)[^each..]).Order()];
        }

        double[] without = Told(1);
        string[] random = [.. Enumerable.Range(0, 60).Select(_ => $"+{Guid.NewGuid():N}")]; // what compresses is small to the broker
        run.Judge(2, ("w", "*a"), ("x", "*a"), ("y", "*a"), ("z", string.Join(' ', random)));
        run.Judge(4, ("w", "*b"));
        run.Judge(6, ("w", "*c"));
        double[] with = Told(1 + each);
        foreach ((string name, double[] took) in (ReadOnlySpan<(string, double[])>)[("without", without), ("with", with)])
            run.Note($"{name,-8} p50 {DeliveryRun.Of(took, 0.5)} p99 {DeliveryRun.Of(took, 0.99)} max {DeliveryRun.Of(took, 1)} ms");
        // Other tests run beside this one: whoever is held waits for seconds.
        Assert.InRange(with[(int)(with.Length * 0.99)], 0, (without[(int)(without.Length * 0.99)] * 1.1) + 500);
        run.AwaitAll("root", 3);
        JsonElement[] lost = [.. run.Read.Values(run.Names.Undeliverable, 0).Select(v => JsonDocument.Parse(v).RootElement)];
        Assert.Equal(["x missing", "y denied", "z too_large"], lost.Select(l => $"{l.GetProperty("owner")} {l.GetProperty("reason")}").Order());
        Assert.Equal(["x", "y", "z"], run.Read.Values(run.Names.AlertsOf("root"), 0)
            .Select(v => JsonDocument.Parse(v).RootElement.GetProperty("owner").GetProperty("id").GetString()).Order());
        Assert.Equal(1 + (2 * each), fine.Await(1 + (2 * each)).Length);

        run.AwaitAll("w", 3);
        string[] posted = [.. pager.Await(2).Select(p => p.Headers["ce-id"])];
        Assert.Equal(2, posted.Length);
        first.Kill();
        Volatile.Write(ref hangs, false);
        run.Start();
        string[] again = [.. pager.Await(4, 60).Select(p => p.Headers["ce-id"])];
        Assert.Equal([posted[0], posted[1], posted[1], again[3]], again);
        Assert.Equal(3, again.Distinct().Count());
        run.Read.AlertsAreThoseOfTheLog(DeskRun.Partitions, () => run.Log);
        run.Read.OwnersHaveThem(DeskRun.Partitions, "x", "y", "z", "root");
    }

    /// <summary>How long it takes: explicit, for it makes two thousand topics. One owner has no topic, and the webhook of another one hangs.</summary>
    [Fact(Explicit = true)]
    public void AThousandEpisodes_AtOnce()
    {
        using KafkaCluster cluster = KafkaCluster.Start(1);
        var admin = new KafkaSettings(cluster.Bootstrap, ImmutableSortedDictionary<string, string>.Empty);
        using Receiver hangs = new(_ => null);
        string[] owners = [.. Enumerable.Range(0, 1000).Select(i => $"o{i:0000}")], told = owners[1..];
        using var run = new DeskRun(
            admin, Hurried(admin), string.Join('\n', owners.Select(o => Owner(o, o == "o0001" ? hangs : null))), [.. owners.Select(o => (o, o))], output,
            owner => owner == "o0000" ? null : []);
        run.Start();
        for (int times = 1; times <= 4; times++)
        {
            run.Judge(2 * times, [.. owners.Select(o => (o, $"*s{times}"))]);
            double[] took = [.. told.Select(o => run.AwaitAll(o, times)[^1]).Order()];
            run.Note($"time {times}: p50 {DeliveryRun.Of(took, 0.5)} p99 {DeliveryRun.Of(took, 0.99)} max {DeliveryRun.Of(took, 1)} ms");
        }

        run.AwaitAll("root", 4);
        Assert.NotEmpty(hangs.All);
    }

    private static string Owner(string id, Receiver? webhook)
    {
        string webhooks = webhook is null ? "" : $", webhooks: [{{ name: pager, format: cloudevents, url: \"{webhook.Url}\", allow_private: true }}]";
        return $"  - {{ id: {id}, contact: team@example.org{webhooks} }}";
    }

    // A group that loses a member says so after three seconds instead of ten.
    private static KafkaSettings Hurried(KafkaSettings kafka) =>
        kafka with { Client = kafka.Client.SetItem("session.timeout.ms", "3000").SetItem("heartbeat.interval.ms", "500") };

    // Each story by its model; what names no model, by the owner that said it.
    private static readonly Dictionary<string, string[]> Expected = new()
    {
        ["late"] =
        [
            "r1 firing critical [age] to a, began", "r2 firing critical [age] to a b, escalated",
            "r3 acknowledged critical [age] to a b, acknowledged", "b: acknowledge -> done",
            "r4 firing critical [age] to a b, lapsed", "r5 resolved critical [] to a b, resolved",
        ],
        ["heard"] =
        [
            "r1 firing critical [age] to a-heard, began", "r2 acknowledged critical [age] to a-heard, acknowledged", "a-heard: acknowledge -> done",
            "r3 resolved critical [] to a-heard, resolved",
        ],
        ["down"] =
        [
            "r1 firing critical [age] to a-down, began", "r2 firing critical [age] to a-down b, escalated",
            "r3 firing critical [age] to a-down b c, escalated", "r4 resolved critical [] to a-down b c, resolved",
        ],
        ["quiet"] =
        [
            "a-quiet: silence -> done", "r1 firing warning [job] to a-quiet, began", "r2 acknowledged warning [job] to a-quiet, acknowledged",
            "a-quiet: acknowledge -> done", "r3 acknowledged warning [age job] to a-quiet, update",
        ],
        ["left"] =
        [
            "r1 firing warning [age] to a-left, began", "a-left: decide -> done", "r2 firing warning [age] to a-left, update",
            "r3 firing critical [age job] to a-left, worse", "r4 firing critical [age job pay] to a-left, update",
        ],
        ["right"] =
        [
            "r1 firing warning [age] to a-right, began", "r2 firing critical [age job] to a-right, worse", "r3 resolved critical [] to a-right, resolved",
        ],
        ["ghost"] = ["r1 firing warning [unowned] to root, began", "r2 resolved warning [] to root, resolved"],
        ["moved"] =
        [
            "r1 firing critical [age] to a-moved, began", "r2 firing critical [age] to d a-moved, handover", "a-moved: acknowledge -> refused",
            "r3 acknowledged critical [age] to d, acknowledged", "d: acknowledge -> done", "r4 resolved critical [] to d a-moved, resolved",
        ],
        ["away"] =
        [
            "r1 firing warning [age] to a-away e, began", "r2 acknowledged warning [age] to a-away e, acknowledged", "e: acknowledge -> done",
            "r3 firing critical [age job] to a-away e, worse",
        ],
        ["a-away"] = ["a-away: away -> done"],
    };

    private static string Owners(int chain) => $$"""
          - { id: a, contact: a@example.org, escalate: [{ to: b, after: {{chain}}s }, { to: c, after: {{chain * 3}}s }] }
          - { id: a-heard, contact: a@example.org, escalate: { to: b, after: 5s } }
          - { id: a-down, contact: a@example.org, escalate: [{ to: b, after: 3s }, { to: c, after: 6s }] }
          - { id: a-quiet, contact: a@example.org }
          - { id: a-left, contact: a@example.org }
          - { id: a-right, contact: a@example.org }
          - { id: a-moved, contact: a@example.org }
          - { id: a-away, contact: a@example.org, hours: { zone: Europe/Berlin, from: "09:00", to: "17:00" } }
          - { id: b, contact: b@example.org }
          - { id: c, contact: c@example.org }
          - { id: d, contact: d@example.org }
          - { id: e, contact: e@example.org }
        """;
}
