using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>What a config says of owners, of their desk, and of what models owe.</summary>
public sealed class OwnerSectionTests
{
    private const string Mail = "name: a, format: email, url: smtps://mail.example.org";

    private const string Hours = "zone: Europe/Berlin, from: \"09:00\", to: \"17:00\"";

    [Theory]
    [InlineData("{ id: b }", "no_contact")]
    [InlineData("{ id: b, contact: }", "no_value")]
    [InlineData("{ id: b, contact: \"  \" }", "no_contact")]
    [InlineData("{ id: b, contact: c, members: [labour] }", "bad_member")]
    [InlineData("{ id: b, contact: c, members: [\"group:\"] }", "bad_member")]
    [InlineData("{ id: b, contact: c, members: [\"group:x\", \"group:x\"] }", "duplicate_id")]
    [InlineData("{ id: b, contact: c, members: labour }", "wrong_kind")]
    [InlineData("{ id: b, contact: c, delegates: [b] }", "bad_delegate")]
    [InlineData("{ id: b, contact: c, delegates: [nobody] }", "unknown_owner")]
    [InlineData("{ id: b, contact: c, delegates: [team, team] }", "duplicate_id")]
    [InlineData("{ id: b, contact: c, escalate: { to: b, after: 4h } }", "bad_escalation")]
    [InlineData("{ id: b, contact: c, escalate: { to: nobody, after: 4h } }", "unknown_owner")]
    [InlineData("{ id: b, contact: c, escalate: { to: team } }", "missing_key")]
    [InlineData("{ id: b, contact: c, escalate: { to: team, after: 0s } }", "out_of_range")]
    [InlineData("{ id: b, contact: c, escalate: { to: team, after: 4h, severity: high } }", "bad_choice")]
    [InlineData("{ id: b, contact: c, escalate: [{ to: team, after: 4h }, { to: other, after: 4h }] }", "bad_escalation")]
    [InlineData("{ id: b, contact: c, escalate: [{ to: team, after: 4h }, { to: team, after: 8h }] }", "duplicate_id")]
    [InlineData("{ id: b, contact: c, escalate: [team] }", "wrong_kind")]
    [InlineData("{ id: b, contact: c, webhook: x }", "unknown_key")]
    [InlineData("{ id: b, contact: c, hours: { } }", "missing_key", "missing_key", "missing_key")]
    [InlineData("{ id: b, contact: c, hours: { zone: Europe/Berln, from: \"09:00\", to: \"17:00\" } }", "unknown_zone")]
    [InlineData("{ id: b, contact: c, hours: { zone: UTC, from: \"9:00\", to: \"17:00\" } }", "bad_time")]
    [InlineData("{ id: b, contact: c, hours: { zone: UTC, from: \"22:00\", to: \"06:00\" } }", "bad_hours")]
    [InlineData("{ id: b, contact: c, hours: { zone: UTC, from: \"24:00\", to: \"24:00\" } }", "bad_hours")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", days: mon-fry } }", "bad_days")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", days: [mon-fri, tue] } }", "bad_days")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", days: [] } }", "bad_days")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", days: mon-mon } }", "bad_days")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", holidays: [25.12.2026] } }", "bad_date")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", holidays: [2026-02-30] } }", "bad_date")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", holidays: { file: nowhere } } }", "cannot_read")]
    [InlineData("{ id: b, contact: c, hours: { " + Hours + ", holidays: { file: secrets/kafka } } }", "bad_date")]
    [InlineData("{ id: b, contact: c, webhooks: [{ name: a, format: fax, url: \"https://a.example.org\" }] }", "bad_choice")]
    [InlineData("{ id: b, contact: c, webhooks: [{ name: a, format: slack, url: \"smtps://a.example.org\" }] }", "bad_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ name: a, format: slack, url: { file: /a }, to: a@b.org }] }", "unused")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: a@b.org }] }", "no_mail_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: \"a@b.org, c@d.org\", to: a@b.org }] }", "bad_mail_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: a@b.org, to: nobody }] }", "bad_mail_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: a@b.org, to: \"a@b.org\\r\\nBcc: c@d.org\" }] }", "bad_mail_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: a@b.org, to: \"A, of B <a@b.org>\" }] }", "bad_mail_address")]
    [InlineData("{ id: b, contact: c, webhooks: [{ " + Mail + ", from: a@b.org, to: \"\\\"A, of B\\\" <a@b.org>, c@d.org\" }] }")]
    public void Owner_IsCheckedThrough(string owner, params string[] codes) => Assert.Equal(codes, Codes(WithOwner(owner)));

    [Theory]
    [InlineData("{ update: 0s }", "out_of_range")]
    [InlineData("{ repeat: never }", "bad_duration")]
    [InlineData("{ respond: { critical: 30m } }", "bad_duration")]
    [InlineData("{ respond: { critical: 0h } }", "bad_duration")]
    [InlineData("{ respond: { warning: 1.5d } }", "bad_duration")]
    [InlineData("{ respond: { info: 3651d } }", "bad_duration")]
    [InlineData("{ respond: { urgent: 1h } }", "unknown_key")]
    public void Desk_IsCheckedThrough(string desk, string code) => Assert.Equal([code], Codes(Configs.WithFile($"desk: {desk}")));

    [Theory]
    [InlineData("goal: approve", "wrong_kind")]
    [InlineData("goal: { value_per_row: 1, unit: EUR }", "missing_key")]
    [InlineData("goal: { text: x, value_per_row: 1 }", "bad_goal")]
    [InlineData("goal: { text: x, unit: EUR }", "bad_goal")]
    [InlineData("goal: { text: x, false_positive: 5, false_negative: 9 }", "bad_goal")]
    [InlineData("goal: { text: x, false_positive: 5, unit: EUR }", "bad_goal")]
    [InlineData("goal: { text: x, false_positive: 0, false_negative: 0, unit: EUR }", "bad_goal")]
    [InlineData("goal: { text: x, false_positive: -5, false_negative: 9, unit: EUR }", "out_of_range")]
    [InlineData("goal: { text: x, value_per_row: -1, unit: EUR }", "out_of_range")]
    [InlineData("retire: soon", "bad_date")]
    [InlineData("recommend: never", "wrong_kind")]
    [InlineData("recommend: { roll_back: maybe }", "bad_choice")]
    [InlineData("recommend: { retrain: never }", "wrong_kind")]
    [InlineData("recommend: { retrain: { cool_down: 367d } }", "out_of_range")]
    [InlineData("recommend: { retrain: { budget: 1 } }", "bad_budget")]
    [InlineData("recommend: { retrain: { budget: 0 per 30d } }", "bad_budget")]
    [InlineData("recommend: { retrain: { budget: 1001 per 30d } }", "bad_budget")]
    [InlineData("recommend: { retrain: { budget: 1 per 0d } }", "bad_budget")]
    [InlineData("recommend: { retrain: { budget: 1 per 367d } }", "bad_budget")]
    [InlineData("law: [{ risk: high }]", "missing_key")]
    [InlineData("law: [{ rule: a, risk: huge }]", "bad_choice")]
    [InlineData("law: [{ rule: a }, { rule: a }]", "duplicate_id")]
    [InlineData("law: [{ rule: a, review_by: 2026 }]", "bad_date")]
    public void Duties_AreCheckedThrough(string line, string code) => Assert.Equal([code], Codes(Configs.WithModel(line)));

    /// <summary>What is not said is recommended; a model that says something replaces what the defaults say.</summary>
    [Theory]
    [InlineData("recommend: off", "", "False False ")]
    [InlineData("recommend: { roll_back: off }", "", "True False 7d: 1 per 30d")]
    [InlineData("recommend: { retrain: off }", "", "True True ")]
    [InlineData("recommend: { retrain: { budget: 3 per 90d } }", "", "True True 7d: 3 per 90d")]
    [InlineData("tags: [x]", "", "True True 7d: 1 per 30d")]
    [InlineData("tags: [x]", "defaults: { recommend: off }\n", "False False ")]
    [InlineData("recommend: { check_upstream: off }", "defaults: { recommend: off }\n", "False True 7d: 1 per 30d")]
    public void WhatMayBeRecommended(string line, string defaults, string expected)
    {
        PlanResult read = Configs.Read(defaults + Configs.WithModel(line));
        RecommendSettings recommend = read.Plan!.Models[0].Alerts.Recommend;
        string retrain = recommend.Retrain is { } r ? $"{Quantity.Duration(r.CoolDown)}: {r.Most} per {Quantity.Duration(r.Per)}" : "";
        Assert.Equal(expected, $"{recommend.CheckUpstream} {recommend.RollBack} {retrain}");
        Assert.Equal(read.Plan.Hash, Configs.Read(read.Effective!).Plan!.Hash);
        // A worker that reads the plan from its topic recommends the same.
        DriftPlan adopted = PlanDocument.Read(PlanDocument.Of(read.Plan).Text)!.Adopt(
            read.Plan, part => PlanDocument.PartsOf(read.Plan.Models[0]).First(b => b.Hash == part), 0, 0, out _)!;
        Assert.Equal(recommend, adopted.Models[0].Alerts.Recommend);
        Assert.Equal(read.Plan.Models[0].Alerts.Windows, adopted.Models[0].Alerts.Windows);
    }

    [Theory]
    [InlineData("retire: 2026-11-28", "retire_passed")]
    [InlineData("retire: 2026-11-29")]
    [InlineData("law: [{ rule: a, review_by: 2026-11-28 }]", "review_passed")]
    [InlineData("law: [{ rule: a, review_by: 2026-11-29 }]")]
    public void Dates_ThatHavePassed_AreWarnings(string line, params string[] codes)
    {
        PlanResult result = PlanReader.Read(
            Configs.File, Configs.WithModel(line), _ => BaselineLoad.Of(Configs.Employment), _ => null, _ => null, today: new DateOnly(2026, 11, 29));
        Assert.Equal(codes, result.Findings.Select(f => f.Code));
        Assert.NotNull(result.Plan);
    }

    [Fact]
    public void Owner_IsRead()
    {
        PlanResult result = Configs.Read(WithOwner(
            "{ id: b, contact: c, members: [\"group:x\"], delegates: [team], "
            + "escalate: [{ to: team, after: 1h, severity: info }, { to: other, after: 2h }], "
            + "hours: { zone: Europe/Berlin, days: [sat-mon, wed], from: \"08:30\", to: \"24:00\", holidays: { file: holidays } } }"));
        Assert.Empty(result.Findings);
        Owner owner = result.Plan!.Owners["b"];
        Assert.Equal(["group:x"], owner.Members);
        Assert.Equal(["team"], owner.Delegates);
        Assert.Equal(
            [new EscalationStep("team", Duration.FromHours(1), Severity.Info), new EscalationStep("other", Duration.FromHours(2), Severity.Critical)],
            owner.Escalate);
        WorkingHours hours = owner.Hours!;
        Assert.Equal(("Europe/Berlin", new TimeSpan(8, 30, 0), TimeSpan.FromDays(1)), (hours.Zone.Id, hours.From, hours.To));
        Assert.Equal([DayOfWeek.Monday, DayOfWeek.Wednesday, DayOfWeek.Saturday, DayOfWeek.Sunday], hours.Days);
        Assert.Equal([new DateOnly(2026, 12, 25), new DateOnly(2027, 1, 1)], hours.Holidays);
        // As it is written out, and as the plan topic holds it.
        PlanResult again = Configs.Read(result.Effective!);
        Assert.Equal((result.Plan.Hash, owner), (again.Plan!.Hash, again.Plan.Owners["b"]));
        PlanDocument document = PlanDocument.Read(PlanDocument.Of(result.Plan).Text)!;
        Assert.Equal(owner, document.Adopt(result.Plan, _ => Configs.Employment, 1, 1, out _)!.Owners["b"]);
    }

    /// <summary>A step about critical alerts that stands alone has the text that plans had when there was no other.</summary>
    [Fact]
    public void OnlyStep_IsWrittenAsItAlwaysWas()
    {
        string one = PlanDocument.Of(Configs.Read(WithOwner("{ id: b, contact: c, escalate: { to: team, after: 4h } }")).Plan!).Text;
        const string written = "{\"id\":\"b\",\"name\":\"b\",\"contact\":\"c\",\"escalate_to\":\"team\",\"escalate_after\":14400000000}";
        Assert.Contains(written, one, StringComparison.Ordinal);
        Assert.Equal(one, PlanDocument.Of(Configs.Read(WithOwner("{ id: b, contact: c, escalate: [{ to: team, after: 4h }] }")).Plan!).Text);
    }

    /// <summary>A plan with hours in a zone that this version does not know is not a plan that it reads.</summary>
    [Fact]
    public void UnknownZone_InAPlan_IsAnotherVersions()
    {
        string text = PlanDocument.Of(Configs.Read(WithOwner($"{{ id: b, contact: c, hours: {{ {Hours} }} }}")).Plan!).Text;
        Assert.NotNull(PlanDocument.Read(text));
        Assert.Null(PlanDocument.Read(text.Replace("Europe/Berlin", "Europe/Atlantis", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{ id: b, contact: c }", "owner: b", true)]
    [InlineData("{ id: b, contact: c }", "owner: team", false)]
    [InlineData("{ id: b, contact: c, escalate: { to: team, after: 4h } }", "owner: b", false)]
    [InlineData("{ id: b, contact: c }", "owner: b|rules: [{ signal: \"*\", statistic: psi, alarm: { above: 0.1 } }]", false)]
    public void CriticalRules_OfAnOwnerWithoutChain_AreAWarning(string owner, string lines, bool told)
    {
        string model = "    " + lines.Replace("|", "\n    ", StringComparison.Ordinal) + "\n";
        string text = WithOwner(owner).Replace("    owner: team\n", model, StringComparison.Ordinal);
        Assert.Equal(told ? ["no_escalation"] : [], Codes(text));
    }

    [Theory]
    [InlineData(Severity.Critical, "2026-11-27T15:00:00Z", "2026-11-27T19:00:00Z", "2026-11-27T19:00:00Z")]
    [InlineData(Severity.Warning, "2026-11-27T15:00:00Z", "2026-11-30T15:00:00Z", "2026-11-28T15:00:00Z")]
    [InlineData(Severity.Info, "2026-11-27T15:00:00Z", "2026-12-01T09:00:00Z", "2026-11-28T01:00:00Z")]
    public void Deadline_KeepsTheHoursOfItsOwner(Severity severity, string told, string working, string otherwise)
    {
        DriftPlan plan = Configs.Read($"desk: {{ respond: {{ info: 10h }} }}\n" + WithOwner($"{{ id: b, contact: c, hours: {{ {Hours} }} }}")).Plan!;
        Assert.True(EventTime.TryParse(told, out EventTime at));
        Assert.Equal(working, EventTime.Format(plan.Desk.RespondBy(plan.Owners["b"], severity, at)));
        Assert.Equal(otherwise, EventTime.Format(plan.Desk.RespondBy(plan.Owners["team"], severity, at)));
    }

    /// <summary>The minimal config, whose owner is the root owner, with another owner and the one to be looked at.</summary>
    private static string WithOwner(string owner) => Configs.Text("minimal.yaml").Replace(
        "models:", $"  - {{ id: other, contact: o }}\n  - {owner.Trim()}\nroot_owner: team\nmodels:", StringComparison.Ordinal);

    private static ImmutableArray<string> Codes(string text) => [.. Configs.Read(text).Findings.Select(f => f.Code)];
}
