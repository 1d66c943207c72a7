using System.Diagnostics;
using System.Text;
using DriftStream.Host.Kafka;
using DriftStream.Host.Tests.Commands;
using DriftStream.Host.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Reading;

public sealed class ReadingCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-reading-").FullName;
    private readonly string _prefix = $"t{Guid.NewGuid():N}.";
    private readonly Brokers _brokers;

    public ReadingCommandTests(Brokers brokers)
    {
        _brokers = brokers;
        string bootstrap = brokers[Brokers.Embedded].Bootstrap;
        File.WriteAllLines(Path.Combine(_folder, "rows.csv"), ["x", .. Enumerable.Range(0, 50).Select(i => $"{i}")]);
        File.WriteAllText(Config, $$"""
            kafka: { bootstrap: "{{bootstrap}}" }
            topics: { prefix: "{{_prefix}}" }
            owners:
              - { id: team, name: Team, contact: team@example.org }
              - { id: platform, name: Platform, contact: platform@example.org }
            root_owner: platform
            models:
              - { id: m, owner: team, sources: [{ topic: a }], baseline: { data: rows.csv } }
              - { id: n, owner: platform, sources: [{ topic: b }], baseline: { data: rows.csv } }
            """);
        brokers.Mock.CreateTopic(_prefix + "verdicts", 2);
        brokers.Mock.CreateTopic(_prefix + "alerts.team", 1);
        brokers.Mock.CreateTopic(_prefix + "alerts.platform", 1);
    }

    private string Config => Path.Combine(_folder, "driftstream.yaml");

    [Fact]
    public void Verdicts_AreShownOnce_AsTheyAre_OfOneModelOrAll()
    {
        string drifting = Verdict("2", "m", "drifting");
        string[] records = [Verdict("1", "m", "steady"), drifting, drifting, Verdict("3", "n", "steady")];
        Send(_prefix + "verdicts", records);

        Assert.Equal(records.Distinct().Order(), Cli.Run("verdicts", "-c", Config, "--json").Lines.Order());
        Assert.Equal([records[0], records[1]], Cli.Run("verdicts", "-c", Config, "--json", "--model", "m").Lines);

        CliResult people = Cli.Run("verdicts", "-c", Config, "--model", "m");
        Assert.Equal((0, ""), (people.Code, people.Errors));
        Assert.Equal(
            ["2017-03-09..2017-03-16  steady        m v7  1245 rows  0 of 1 signals",
            "2017-03-09..2017-03-16  drifting      m v7  1245 rows  1 of 1 signals",
            "    RELP has drifted: 16 no longer arrives"],
            people.Lines);
    }

    [Fact]
    public void Alerts_OfOneOwnerOrAll_CopiesOnce_AndSayWhoMustAct()
    {
        string alert = Alert("1", "firing"), other = Alert("2", "resolved");
        Send(_prefix + "alerts.team", [alert, alert]);
        Send(_prefix + "alerts.platform", [other, alert]);

        Assert.Equal([other, alert], Cli.Run("alerts", "-c", Config, "--json").Lines); // owners by id, each topic in order
        Assert.Equal([alert], Cli.Run("alerts", "-c", Config, "--json", "--owner", "team").Lines);
        CliResult people = Cli.Run("alerts", "-c", Config, "--owner", "team");
        Assert.Contains("FIRING", people.Output);
        Assert.Contains("owner team <team@example.org>, since 2017-03-02, respond by 2017-03-17T00:00:00Z", people.Output);
        Assert.Contains("investigate: https://example.org/runbook", people.Output);
        Assert.DoesNotContain('\e', people.Output); // no colours: this is no terminal
    }

    [Fact]
    public void Follow_ShowsWhatComesLater_AndIsFineWhenToldToStop()
    {
        string first = Alert("1", "firing"), later = Alert("2", "resolved");
        Send(_prefix + "alerts.team", [first]);
        CliResult run = Cli.Run(process =>
        {
            Thread.Sleep(6000); // both owners' topics have been read to their ends by then, or the record is not later, but shown
            Send(_prefix + "alerts.team", [later]);
            Thread.Sleep(2000);
            Process.Start("kill", ["-TERM", $"{process.Id}"]).WaitForExit(); // a background shell ignores SIGINT, and so do its children
        }, "alerts", "-c", Config, "--follow", "--json");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.Equal([first, later], run.Lines);
    }

    [Fact]
    public void TextOfStrangers_IsWrittenOut_AndJsonStaysExact()
    {
        // What a model-id header can bring: a cleared screen, a line that looks like an alert, text that runs backwards.
        const string Hostile = @"x\u001b[2J\n2017-03-09..2017-03-16  FIRING  critical  m\u202e";
        const string Shown = @"x\u{1B}[2J\u{A}2017-03-09..2017-03-16  FIRING  critical  m\u{202E}";
        string alert = Alert("1", "firing").Replace("\"RELP\"", $"\"{Hostile}\"", StringComparison.Ordinal);
        string verdict = Verdict("1", "m", "drifting").Replace("RELP has drifted", $"{Hostile} has drifted", StringComparison.Ordinal)
            .Replace("\"version\":\"7\"", $"\"version\":\"{Hostile}\"", StringComparison.Ordinal);
        Send(_prefix + "alerts.team", [alert]);
        Send(_prefix + "verdicts", [verdict, "\e[2J no json"]);

        CliResult alerts = Cli.Run("alerts", "-c", Config, "--owner", "team"), verdicts = Cli.Run("verdicts", "-c", Config);
        Assert.EndsWith("m  " + Shown, alerts.Lines[0]);
        Assert.Contains($"m v{Shown}", verdicts.Lines[0]);
        Assert.Equal($"    {Shown} has drifted: 16 no longer arrives", verdicts.Lines[1]);
        Assert.DoesNotContain(alerts.Output + verdicts.Output + verdicts.Errors, c => char.IsControl(c) && c != '\n');
        Assert.Contains("@1: no record of DriftStream", verdicts.Errors);
        Assert.Equal([alert], Cli.Run("alerts", "-c", Config, "--json", "--owner", "team").Lines);
        Assert.Equal([verdict], Cli.Run("verdicts", "-c", Config, "--json").Lines);
    }

    [Fact]
    public void NothingYet_IsFine_AndSaysSoOnStderr_OddRecordsToo()
    {
        CliResult empty = Cli.Run("verdicts", "-c", Config);
        Assert.Equal((0, ""), (empty.Code, empty.Output));
        Assert.Contains("no verdicts yet", empty.Errors);

        Send(_prefix + "verdicts", ["not json", "{}"]);
        CliResult odd = Cli.Run("verdicts", "-c", Config);
        Assert.Equal((0, ""), (odd.Code, odd.Output));
        Assert.Contains("@1: no record of DriftStream", odd.Errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Verdict(string id, string model, string judgement)
    {
        bool drifts = judgement == "drifting";
        string why = drifts ? ""","why":"RELP has drifted: 16 no longer arrives" """.TrimEnd() : "";
        return $$"""{"id":"{{id}}","model":"{{model}}","version":"7",{{Window}},"rows":1245,"late_rows":0,"""
            + $$""" "judgement":"{{judgement}}","why":"{{(drifts ? 1 : 0)}} of 1 signals","""
            + $$""" "signals":[{"signal":"RELP","judgement":"{{judgement}}"{{why}}}],"groups":[]}""";
    }

    private static string Alert(string id, string status) =>
        $$"""{"id":"{{id}}","status":"{{status}}","severity":"warning","owner":{"id":"team","contact":"team@example.org"},"""
        + $$""" "model":"m","version":"","summary":"RELP",{{Window}},"since":"2017-03-02T00:00:00Z","respond_by":"2017-03-17T00:00:00Z","""
        + """ "statistic":null,"actions":[{"kind":"investigate","runbook":"https://example.org/runbook"}]}""";

    private const string Window = """
        "window":{"name":"7d","start":"2017-03-09T00:00:00Z","end":"2017-03-16T00:00:00Z","complete":true}
        """;

    private void Send(string topic, string[] records)
    {
        using var producer = new AckedProducer(_brokers[Brokers.Embedded], NullLogger.Instance);
        foreach (string record in records) producer.Send(new OutgoingRecord(topic, 0, null, Encoding.UTF8.GetBytes(record)));
        Assert.Null(producer.Barrier());
    }
}
