using System.Globalization;
using System.Text;
using System.Text.Json;
using DriftStream.Host.Answering;
using DriftStream.Host.Commands;
using DriftStream.Host.Kafka;
using DriftStream.Host.Owners;
using DriftStream.Host.Plans;
using DriftStream.Host.Terminal;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Owners;

public sealed class OwnersTests : IDisposable
{
    private static readonly EventTime Now = EventTime.From(new DateTime(2026, 11, 29, 12, 0, 0, DateTimeKind.Utc));

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-owners-").FullName;
    private readonly string _prefix = $"t{Guid.NewGuid():N}.";
    private readonly Brokers _brokers;

    public OwnersTests(Brokers brokers)
    {
        _brokers = brokers;
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), ["x", .. Enumerable.Range(0, 50).Select(i => $"{i}")]);
        Write(models: """
              - id: m
                owner: team
                purpose: Decides
                stakeholders: [platform]
                goal: { text: 30 %, value_per_row: 0.12, unit: EUR }
                rollback_to: "6"
                retire: 2026-11-28
                law: [{ rule: act, risk: high, review_by: 2026-11-28 }]
                sources: [{ topic: a }]
                baseline: { data: rows.csv }
              - { id: n, owner: platform, sources: [{ topic: b }], baseline: { data: rows.csv } }
            """);
    }

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    private DriftPlan Plan => PlanFile.Read(Config).Plan!;

    [Fact]
    public void Owners_ForPeople_AreShownWithTheirModelsAndWhatIsMissing()
    {
        Assert.Equal(
            """
            platform  platform <p>  root owner
                n  nobody says what for
            team  Team <team@example.org>
                members group:x
                delegates platform
                works mon-thu, sat 09:00-17:00 Europe/Berlin, 1 holiday
                escalates to platform after 4h (from info on)
                m  Decides; copies to platform; goal: 30 % (0.12 EUR a row); back to version 6; out of use by 2026-11-28; act (risk high, review by 2026-11-28)
            retire_passed  m, team: it was to be out of use on 2026-11-28
            review_passed  m, team: its review by act was due on 2026-11-28
            2 owners, 2 models, 2 findings; traffic was not looked at

            """, OwnerText.Of(OwnerReport.Of(Plan, null, [], Now), new Ink(false)));
        Assert.Empty(OwnerReport.Of(Plan, null, [], Now - Duration.FromDays(1)).Findings);
        Assert.Equal(["platform"], OwnerReport.Of(Plan, null, [], Now, "platform").Owners.Select(o => o.Owner.Id));
    }

    [Fact]
    public void Traffic_IsWhatVerdictsAndAlertsSay()
    {
        _brokers.Mock.CreateTopic(_prefix + "verdicts", 2);
        _brokers.Mock.CreateTopic(_prefix + "alerts", 1);
        // A window of a day and ten minutes of lateness may be open: the limit is 8 days and ten minutes ago.
        Send("verdicts", Verdict("m", "2026-11-21T11:50:00Z", 5), Verdict("m", "2026-11-28T00:00:00Z", 0),
            Verdict("m", "2026-11-21T11:50:00Z", 5, "7", "drifting"), Verdict("m", "2026-11-19T00:00:00Z", 9, "7"),
            Verdict("m", "2026-11-20T00:00:00Z", 3, "6"),
            "no json", "{}",
            Verdict("n", "2026-11-21T11:49:59Z", 5), Verdict("gone", "2026-11-28T00:00:00Z", 5));
        Send("alerts", Unowned("who", "2026-11-26T00:00:00Z", 3), Unowned("who", "2026-11-19T00:00:00Z", 9), Unowned("m", "2026-11-26T00:00:00Z", 3),
            Unowned("before", "2026-10-26T00:00:00Z", 3), """{"model":"other","statistic":null}""");
        Traffic traffic = Traffic.Read(Plan, Now, NullLogger.Instance, out KafkaFailure? failure)!;
        Assert.Null(failure);

        JsonElement alert = JsonDocument.Parse("""
            {"episode": "e1", "revision": 1, "status": "firing", "severity": "warning", "model": "m", "owner": {"id": "team"}, "summary": "s", "symptoms": [
            {"version": "7", "status": "on"}, {"version": "7", "status": "silenced"}, {"version": "7", "status": "ended"}, {"version": "8", "status": "on"}]}
            """).RootElement;
        OwnerReport report = OwnerReport.Of(Plan, traffic, [new ToldEpisode(alert)], Now);
        Assert.Contains(
            "        version 7: 5 rows up to 2026-11-21T11:50:00Z, drifting, 2 symptoms on; seen since 2026-11-19T00:00:00Z\n",
            OwnerText.Of(report, new Ink(false)), StringComparison.Ordinal);
        Assert.Equal(
            ["n platform no_traffic", "who platform unowned_traffic", "m team retire_passed", "m team review_passed"],
            report.Findings.Select(f => $"{f.Model} {f.Owner} {f.Kind}"));
        Assert.Equal("3 rows up to 2026-11-26T00:00:00Z name it, and nobody owns it", report.Findings[1].Text);
        JsonElement json = JsonDocument.Parse(OwnerJson.Of(report)).RootElement;
        Assert.Equal("""[{"model":"who","rows":3,"last_rows":"2026-11-26T00:00:00Z"}]""", json.GetProperty("unowned").GetRawText());
        Assert.Equal(
            """
            {"id":"team","name":"Team","contact":"team@example.org","members":["group:x"],"delegates":["platform"],
            "hours":{"zone":"Europe/Berlin","days":["mon-thu","sat"],"from":"09:00","to":"17:00","holidays":["2026-12-25"]},
            "escalate":[{"to":"platform","after":"4h","severity":"info"}],
            "models":[{"id":"m","purpose":"Decides","stakeholders":["platform"],"goal":{"text":"30 %","value_per_row":0.12,"unit":"EUR"},
            "rollback_to":"6","retire":"2026-11-28","law":[{"rule":"act","risk":"high","review_by":"2026-11-28"}],
            "last_rows":"2026-11-21T11:50:00Z",
            "versions":[{"version":"6","rows":3,"judgement":"steady","symptoms":0,"first_rows":"2026-11-20T00:00:00Z","last_rows":"2026-11-20T00:00:00Z"},
            {"version":"7","rows":5,"judgement":"drifting","symptoms":2,"first_rows":"2026-11-19T00:00:00Z","last_rows":"2026-11-21T11:50:00Z"}]}],"open":[
            {"episode":"e1","model":"m","status":"firing","severity":"warning","respond_by":null}]}
            """.ReplaceLineEndings(""), json.GetProperty("owners")[1].GetRawText());
        // The rows that nobody owns are the root owner's.
        Assert.DoesNotContain(OwnerReport.Of(Plan, traffic, [], Now, "team").Findings, f => f.Kind == "unowned_traffic");
    }

    [Fact]
    public void History_IsWhoOwnedWhatFromWhenToWhen()
    {
        List<(long, PlanRecord)> plans = [];
        foreach (string owner in (string[])["team", "team", "platform", "", "team"])
        {
            string m = $"  - {{ id: m, owner: {owner}, sources: [{{ topic: a }}], baseline: {{ data: rows.csv }} }}\n";
            Write((owner.Length == 0 ? "" : m) + "  - { id: n, owner: platform, sources: [{ topic: b }], baseline: { data: rows.csv } }\n");
            plans.Add((plans.Count * 2, PlanRecord.Of(Plan, $"by{plans.Count}", Now + Duration.FromHours(plans.Count))));
        }

        plans.Insert(1, (1, new PlanRecord("sha256:x", "later", Now, "{}")));
        Assert.Equal(
            [
                """{"model":"m","owner":"team","epoch":0,"since":"2026-11-29T12:00:00Z","by":"by0","until":"2026-11-29T14:00:00Z","until_epoch":4}""",
                """{"model":"m","owner":"platform","epoch":4,"since":"2026-11-29T14:00:00Z","by":"by2","until":"2026-11-29T15:00:00Z","until_epoch":6}""",
                """{"model":"m","owner":"team","epoch":8,"since":"2026-11-29T16:00:00Z","by":"by4","until":null,"until_epoch":null}""",
                """{"model":"n","owner":"platform","epoch":0,"since":"2026-11-29T12:00:00Z","by":"by0","until":null,"until_epoch":null}""",
            ],
            OwnerHistory.Of(plans).Select(OwnerJson.Of));
        Assert.Equal("m  2026-11-29T12:00:00Z..2026-11-29T14:00:00Z  team  by by0 (plan 0)", OwnerText.Of(OwnerHistory.Of(plans)[0]));
    }

    [Fact]
    public void Command_SaysByItsExitCodeWhatIsMissing()
    {
        CliResult offline = Cli.Run("owners", "-c", Config, "--offline");
        Assert.Equal((1, "2 owners, 2 models, 2 findings; traffic was not looked at"), (offline.Code, offline.Lines[^1]));
        // The topics are not there: what the config says is shown all the same.
        CliResult alone = Cli.Run("owners", "-c", Config, "--owner", "platform", "--json");
        Assert.Equal((3, "n"), (alone.Code, alone.Json.GetProperty("owners")[0].GetProperty("models")[0].GetProperty("id").GetString()));
        Assert.Contains("verdicts", alone.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string models) => File.WriteAllText(Config, $$"""
        kafka: { bootstrap: "{{_brokers[Brokers.Embedded].Bootstrap}}" }
        topics: { prefix: "{{_prefix}}" }
        owners:
          - id: team
            name: Team
            contact: team@example.org
            members: ["group:x"]
            delegates: [platform]
            hours: { zone: Europe/Berlin, days: [mon-thu, sat], from: "09:00", to: "17:00", holidays: [2026-12-25] }
            escalate: { to: platform, after: 4h, severity: info }
          - { id: platform, contact: p }
        root_owner: platform
        models:
        {{models}}
        """);

    private static string Verdict(string model, string end, long rows, string version = "", string judgement = "steady") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"id":"1","model":"{{model}}","version":"{{version}}","window":{"end":"{{end}}"},"rows":{{rows}},"judgement":"{{judgement}}" }""");

    private static string Unowned(string model, string end, long rows) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"id":"1","model":"{{model}}","statistic":{"name":"unowned_rows","window_rows":{{rows}} },"window":{"end":"{{end}}"} }""");

    private void Send(string topic, params string[] records)
    {
        using var producer = new AckedProducer(_brokers[Brokers.Embedded], NullLogger.Instance);
        foreach (string record in records) producer.Send(new OutgoingRecord(_prefix + topic, 0, null, Encoding.UTF8.GetBytes(record)));
        Assert.Null(producer.Barrier());
    }

    /// <summary>What fires and was not answered in time is a finding; what somebody looks after, or is over, is none.</summary>
    [Fact]
    public void Episodes_AreCounted_AndOverdueOnesAreFindings()
    {
        ToldEpisode[] told =
        [
            Told("aaaaaaaaaaaaaaaa", "firing", Now - Duration.FromHours(1)), Told("bbbbbbbbbbbbbbbb", "firing", Now + Duration.FromHours(1)),
            Told("cccccccccccccccc", "acknowledged", null), Told("dddddddddddddddd", "resolved", null),
        ];

        OwnerReport report = OwnerReport.Of(Plan, null, told, Now);

        OwnerFinding finding = Assert.Single(report.Findings, f => f.Kind == "overdue");
        Assert.Equal("team", finding.Owner);
        Assert.StartsWith("episode aaaaaaaaaaaa was to be answered by ", finding.Text, StringComparison.Ordinal);
        Assert.Contains("    open episodes: 2 firing, 1 acknowledged (driftstream episodes)\n", OwnerText.Of(report, new Ink(false)), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(OwnerJson.Of(report));
        Assert.Equal(3, json.RootElement.GetProperty("owners").EnumerateArray().Sum(o => o.GetProperty("open").GetArrayLength()));
    }

    private static ToldEpisode Told(string id, string status, EventTime? by) => new(JsonSerializer.SerializeToElement(new
    {
        episode = id,
        revision = 1,
        status,
        severity = "critical",
        model = "m",
        owner = new { id = "team" },
        summary = "x has drifted",
        respond_by = by is { } time ? EventTime.Format(time) : null,
    }));
}
