using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Joins;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class PlanDiffTests
{
    private static readonly PlanDocument Plan = PlanDocument.Of(Configs.Read(Configs.Text("minimal.yaml")).Plan!);

    /// <summary>One change of each field of a model, and what the difference says of it.</summary>
    private static readonly (string Field, Func<ModelDocument, ModelDocument> Change, string Path)[] Changes =
    [
        ("Owner", m => m with { Owner = "x" }, "owner"),
        ("Stakeholders", m => m with { Stakeholders = ["x"] }, "stakeholders"),
        ("Purpose", m => m with { Purpose = "x" }, "purpose"),
        ("Runbook", m => m with { Runbook = "x" }, "runbook"),
        ("Tags", m => m with { Tags = ["x"] }, "tags"),
        ("Topics", m => m with { Topics = ["x"] }, "sources"),
        ("Time", m => m with { Time = "x" }, "columns.time"),
        ("TimeUnit", m => m with { TimeUnit = TimeUnit.Nanosecond }, "columns.time.unit"),
        ("Version", m => m with { Version = new VersionSource(Header: "x") }, "columns.version"),
        ("Decision", m => m with { Decision = new BinaryColumn("x", "1") }, "columns.decision"),
        ("Label", m => m with { Label = new BinaryColumn("x", "1") }, "columns.label"),
        ("Paths", m => m with { Paths = ImmutableSortedDictionary<string, string>.Empty.Add("a", "b.c") }, "columns.path.a"),
        ("Baseline", m => m with { Baseline = m.Baseline! with { Rows = 7 } }, "baseline.rows"),
        ("AllowedLateness", m => m with { AllowedLateness = Duration.FromMinutes(7) }, "allowed_lateness"),
        ("PaneSize", m => m with { PaneSize = Duration.FromMinutes(7) }, "pane"),
        ("PaneOffset", m => m with { PaneOffset = Duration.FromMinutes(7) }, "pane"),
        ("Windows", m => m with { Windows = [m.Windows[0] with { MinRows = 7 }] }, $"window[{Plan.Models[0].Windows[0].Name}].min_rows"),
        ("Rules", m => m with { Rules = m.Rules.SetItem(0, m.Rules[0] with { Severity = Severity.Critical }) }, "rules[psi].severity"),
        ("FireAfter", m => m with { FireAfter = 7 }, "fire.after"),
        ("FireOf", m => m with { FireOf = 7 }, "fire.after"),
        ("Further", m => m with { Further = [new FurtherDocument("x", null, new StreamReference(StreamRowsOf.Previous, new(EventTime.Day)))] }, "baseline[x]"),
        ("ResolveAfter", m => m with { ResolveAfter = 7 }, "resolve.after"),
        ("Goal", m => m with { Goal = new Goal("x", 0.5, "EUR") }, "goal"),
        (
            "Kpis",
            m => m with { Kpis = [new Kpi(m.Rules[0] with { Id = "k", Alarm = new Alarm(AlarmKind.Below, 0.3, Confidence: 0.9) }, "x")] },
            "kpis"),
        ("RollbackTo", m => m with { RollbackTo = "x" }, "rollback_to"),
        ("Retire", m => m with { Retire = new DateOnly(2027, 1, 1) }, "retire"),
        ("Law", m => m with { Law = [new LegalDuty("x", LegalRisk.High, new DateOnly(2027, 1, 1))] }, "law"),
        (
            "Labels", m => m with
            {
                Labels = new LabelPlan(["y"], "id", null, null, Duration.FromDays(9), Duration.FromMinutes(1), [Duration.FromDays(9)], Corrections.First),
            },
            "labels"),
        ("Recommend", m => m with { Recommend = RecommendSettings.Off }, "recommend"),
        ("Learn", m => m with { Learn = new LearnDocument(Duration.FromDays(7), "sha256:other") }, "baseline.learn"),
    ];

    [Fact]
    public void EveryField_OfAModel_IsADifference()
    {
        Assert.Equal(typeof(ModelDocument).GetProperties().Select(p => p.Name).Where(n => n is not "Id").Order(), Changes.Select(c => c.Field).Order());
        string id = Plan.Models[0].Id;
        foreach ((string field, Func<ModelDocument, ModelDocument> change, string path) in Changes)
        {
            PlanDocument changed = Plan with { Models = [change(Plan.Models[0])] };
            Assert.NotEqual(Plan.Hash, changed.Hash);
            PlanChange[] found = [.. PlanDiff.Between(Plan, changed)];
            // A rule's own id is a hash of all that it says: one that stays although the rule changed is one that was configured.
            Assert.Equal((field, $"models.{id}.{path}"), (field, found.Single(c => !c.Path.EndsWith("].id", StringComparison.Ordinal)).Path));
            Assert.EndsWith($" of {id}", PlanDiff.Summary(Plan, changed));
            Assert.Equal(found.Select(c => (c.Path, c.To, c.From)).Order(), PlanDiff.Between(changed, Plan).Select(c => (c.Path, c.From, c.To)).Order());
        }
    }

    [Fact]
    public void RestOfAPlan_IsADifferenceToo()
    {
        Owner(p => p with { Name = "x" }, "owners.team.name");
        Owner(p => p with { Contact = "x" }, "owners.team.contact");
        Owner(p => p with { EscalateTo = "team", EscalateAfter = Duration.FromHours(36) }, "owners.team.escalate: added (to team after 36h)");
        Owner(p => p with { Escalate = [new("x", Duration.FromHours(1), Severity.Warning), new("y", Duration.FromHours(2), Severity.Critical)] },
            "owners.team.escalate: added (to x after 1h from warning on, to y after 2h)");
        Owner(p => p with { Delegates = ["x", "y"] }, "owners.team.delegates: added ([x, y])");
        Owner(p => p with { Members = ["group:x"] }, "owners.team.members: added ([group:x])");
        Owner(p => p with { Hours = new HoursDocument("Europe/Berlin", ["mon-thu", "sat"], "09:00", "24:00", [new DateOnly(2026, 12, 25)]) },
            "owners.team.hours: added (mon-thu, sat 09:00-24:00 Europe/Berlin, but 2026-12-25)");
        One(Plan with { Desk = DeskSettings.Default with { Update = Duration.FromMinutes(1) } }, "desk.update");
        One(Plan with { Desk = DeskSettings.Default with { Repeat = Duration.FromMinutes(1) } }, "desk.repeat");
        One(Plan with { Desk = DeskSettings.Default with { Info = ResponseTime.Hours(24) } }, "desk.respond");
        One(Plan with { MaxFuture = Duration.FromSeconds(7) }, "time.max_future");
        One(Plan with { UnownedPane = Duration.FromSeconds(7) }, "unowned_pane");
        One(Plan with { RootOwner = "x" }, "root_owner");
        string topic = Plan.Sources[0].Topic;
        One(Plan with { Sources = [Plan.Sources[0] with { Format = MessageFormat.Json }] }, $"sources.{topic}.format");
        One(Plan with { Sources = [Plan.Sources[0] with { Model = new ModelSelector(Header: "x") }] }, $"sources.{topic}.model: added (header: x)");
        One(Plan with { Models = [] }, $"models.{Plan.Models[0].Id}: removed");
        Assert.Empty(PlanDiff.Between(Plan, PlanDocument.Read(Plan.Text)!));
        Assert.Equal("nothing", PlanDiff.Summary(Plan, PlanDocument.Read(Plan.Text)!));
    }

    private static void Owner(Func<OwnerDocument, OwnerDocument> change, string says) => One(Plan with { Owners = [change(Plan.Owners[0])] }, says);

    private static void One(PlanDocument changed, string says)
    {
        PlanChange change = Assert.Single(PlanDiff.Between(Plan, changed));
        string text = change.From is null ? $"{change.Path}: added ({change.To})" : change.To is null ? $"{change.Path}: removed" : change.Path;
        Assert.Equal(says, text);
    }
}
