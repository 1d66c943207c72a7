using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>All of a plan document, named and spelled as in the config.</summary>
internal static class PlanTree
{
    public const string Models = ".models", Owners = ".owners";

    public static PlanNode Of(PlanDocument plan) => new("", "",
    [
        PlanNode.Leaf(".time.max_future", Duration(plan.MaxFuture)),
        PlanNode.Leaf(".unowned_pane", Duration(plan.UnownedPane)),
        PlanNode.Leaf(".limits.versions", Digits(plan.Versions)),
        PlanNode.Leaf(".limits.pending", Digits(plan.Pending ?? DriftPlan.DefaultPending)),
        .. plan.Ids is null ? [] : (PlanNode[])[PlanNode.Leaf(".engine.id_secret", $"one that is told by {plan.Ids}")],
        PlanNode.Leaf(".root_owner", plan.RootOwner),
        PlanNode.Leaf(".privacy.k", Digits(plan.PrivacyRows ?? JudgementSettings.DefaultPrivacyRows)),
        .. plan.PublicUrl is null ? [] : (PlanNode[])[PlanNode.Leaf(".web.public_url", plan.PublicUrl)],
        Desk(plan.Desk ?? DeskSettings.Default),
        new(Owners, "", [.. plan.Owners.Select(Owner)]),
        new(".sources", "", [.. plan.Sources.Select(Source)]),
        new(Models, "", [.. plan.Models.Select(Model)]),
    ]);

    private static PlanNode Desk(DeskSettings desk) => new(".desk", "", Some(
        ("update", Duration(desk.Update)),
        ("repeat", Duration(desk.Repeat)),
        ("respond", $"critical {desk.Critical}, warning {desk.Warning}, info {desk.Info}")));

    private static PlanNode Owner(OwnerDocument owner) => new($".{owner.Id}", $"{owner.Name} <{owner.Contact}>",
    [
        .. Some(
            ("name", owner.Name),
            ("contact", owner.Contact),
            ("members", owner.Members is { } members ? List(members) : null),
            ("delegates", owner.Delegates is { } delegates ? List(delegates) : null),
            ("hours", owner.Hours is { } hours ? Hours(hours) : null),
            ("escalate", owner.Chain is { IsEmpty: false } chain ? string.Join(", ", chain.Select(Step)) : null)),
        .. (owner.Webhooks ?? []).Select(Webhook),
    ]);

    private static string Step(EscalationStep step)
    {
        string severity = step.Least == Severity.Critical ? "" : $" from {step.Least.ToString().ToLowerInvariant()} on";
        return $"to {step.To} after {Duration(step.After)}{severity}";
    }

    private static string Hours(HoursDocument hours)
    {
        string off = hours.Holidays.IsEmpty ? "" : $", but {string.Join(", ", hours.Holidays.Select(HoursText.Date))}";
        return $"{string.Join(", ", hours.Days)} {hours.From}-{hours.To} {hours.Zone}{off}";
    }

    private static PlanNode Webhook(Webhook webhook) => new($".webhooks[{webhook.Name}]", WebhookSection.Format(webhook.Format), Some(
        ("format", WebhookSection.Format(webhook.Format)),
        ("url", webhook.Url ?? $"in {webhook.UrlFile}"),
        ("severity", webhook.Severity.ToString().ToLowerInvariant()),
        ("secret", webhook.SecretFile is { } file ? $"in {file}" : null),
        ("from", webhook.From),
        ("to", webhook.To),
        ("insecure", webhook.Insecure ? "true" : null),
        ("allow_private", webhook.AllowPrivate ? "true" : null)));

    private static PlanNode Source(SourceDocument source) => new($".{source.Topic}", Format(source), Some(
        ("format", Format(source)),
        ("model", source.Model is { } model ? Where(("header", model.Header), ("column", model.Column)) : null)));

    private static PlanNode Model(ModelDocument model)
    {
        BaselineDocument? baseline = model.Baseline;
        return new($".{model.Id}", $"owner {model.Owner}, sources {List(model.Topics)}, baseline {baseline?.Hash}",
        [
            .. Some(
                ("owner", model.Owner),
                ("stakeholders", List(model.Stakeholders)),
                ("purpose", model.Purpose),
                ("runbook", model.Runbook),
                ("tags", List(model.Tags)),
                ("goal", model.Goal is { } goal ? Goal(goal) : null),
                ("rollback_to", model.RollbackTo),
                ("retire", model.Retire is { } retire ? HoursText.Date(retire) : null),
                ("law", model.Law is { } law ? List(law.Select(Law)) : null),
                ("recommend", model.Recommend is { } recommend ? RecommendSection.Text(recommend) : null),
                ("sources", List(model.Topics))),
            Columns(model),
            .. model.Labels is null ? [] : (PlanNode[])[Labels(model.Labels)],
            new(".baseline", "",
            [
                // Its part follows from hash and signals, so showing it would repeat them.
                .. Some(
                    ("hash", baseline?.Hash),
                    ("rows", baseline is null ? null : Digits(baseline.Rows)),
                    ("learn", model.Learn is { } learn ? Learn(learn) : null)),
                new(".signals", "", [.. (baseline?.Signals ?? []).Select(Signal)]),
                .. (model.Further ?? []).Select(Further),
            ]),
            .. Some(
                ("allowed_lateness", Duration(model.AllowedLateness)),
                ("pane", $"{Duration(model.PaneSize)}, offset {Duration(model.PaneOffset)}")),
            new(".window", "", [.. model.Windows.Select(Window)]),
            new(".rules", "", Rules(model.Rules)),
            .. model.Kpis is { } kpis ? (PlanNode[])[new(".kpis", "", [.. kpis.Select(Kpi)])] : [],
            new(".fire", "", Some(("after", $"{model.FireAfter} of {model.FireOf}"))),
            new(".resolve", "", Some(("after", Digits(model.ResolveAfter)))),
        ]);
    }

    private static string Goal(Goal goal) => goal.Worth is { } worth ? $"{goal.Text} ({worth})" : goal.Text;

    private static string Law(LegalDuty duty) => string.Join(' ', ((string?[])
    [
        duty.Rule,
        duty.Risk is { } risk ? $"risk {DutySection.Word(risk)}" : null,
        duty.ReviewBy is { } review ? $"review by {HoursText.Date(review)}" : null,
    ]).OfType<string>());

    private static string Learn(LearnDocument learn)
    {
        const int digits = 12;
        string settings = learn.Settings.Replace("sha256:", "", StringComparison.Ordinal);
        string until = learn.Until is { } end ? $", up to {EventTime.Format(end)}" : ", to be learned";
        return $"{Duration(learn.First)} by {settings[..Math.Min(digits, settings.Length)]}{until}";
    }

    private static PlanNode Columns(ModelDocument model) => new(".columns", "",
    [
        .. Some(
            ("time", model.Time),
            ("time.unit", model.TimeUnit?.ToString().ToLowerInvariant()),
            ("version", Where(("column", model.Version.Column), ("value", model.Version.Value), ("header", model.Version.Header))),
            ("decision", Binary(model.Decision)),
            ("label", Binary(model.Label))),
        new(".path", "", [.. (model.Paths ?? ImmutableSortedDictionary<string, string>.Empty).Select(p => PlanNode.Leaf($".{p.Key}", p.Value))]),
    ]);

    private static PlanNode Labels(LabelPlan labels) => new(".labels", $"of {List(labels.Topics)}, within {Duration(labels.Within)}", Some(
        ("sources", List(labels.Topics)),
        ("id", labels.Id),
        ("time", labels.Time),
        ("time.unit", labels.TimeUnit?.ToString().ToLowerInvariant()),
        ("within", Duration(labels.Within)),
        ("early", Duration(labels.Early)),
        ("corrections", LabelSection.Word(labels.Corrections)),
        ("judge_at", List(labels.JudgeAt.Select(d => Duration(d))))));

    // Name, and how it is read: "AGEP numeric"; the name may contain blanks.
    private static PlanNode Signal(string signal)
    {
        int blank = signal.LastIndexOf(' ');
        return PlanNode.Leaf($"[{signal[..blank]}]", signal[(blank + 1)..]);
    }

    private static PlanNode Further(FurtherDocument further)
    {
        if (further.Stream is not { } stream) return new($"[{further.Name}]", $"fixed {further.Baseline?.Hash}", Some(("hash", further.Baseline?.Hash)));
        string length = Duration(stream.Length);
        return stream.Of == StreamRowsOf.Rolling
            ? new($"[{further.Name}]", $"rolling {length}, ending {Duration(stream.Ending)}", Some(
                ("rolling", length),
                ("ending", Duration(stream.Ending)),
                ("calendar", stream.Calendar is { } calendar ? Cells.Calendar.Describe(calendar, stream.CalendarZone) : null)))
            : new($"[{further.Name}]", $"version {stream.Version ?? "previous"}, within {length}", Some(
                ("version", stream.Version ?? "previous"),
                ("within", length)));
    }

    private static PlanNode Window(WindowSettings window) => new($"[{window.Name}]", Described(window), Some(
        ("size", Duration(window.Size)),
        ("every", Duration(window.Every)),
        ("offset", Duration(window.Offset)),
        ("min_rows", Digits(window.MinRows)),
        ("extend_to", window.ExtendTo == 0 ? null : Duration(window.ExtendTo)),
        ("zone", window.Zone?.Id)));

    private static string Described(WindowSettings window)
    {
        string grows = window.ExtendTo == 0 ? "" : $", extend_to {Duration(window.ExtendTo)}", zone = window.Zone is null ? "" : $", zone {window.Zone.Id}";
        return $"size {Duration(window.Size)}, every {Duration(window.Every)}, min_rows {Digits(window.MinRows)}{grows}{zone}";
    }

    // Named by their subject, since the id of most is a hash of all that they say; several with one subject are numbered.
    private static ImmutableArray<PlanNode> Rules(ImmutableArray<Rule> rules)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var nodes = ImmutableArray.CreateBuilder<PlanNode>(rules.Length);
        foreach (Rule rule in rules)
        {
            string? target = rule.Group is null ? rule.Signal : $"group {rule.Group}";
            string about = string.Join(' ', ((string?[])[target == "*" ? null : target, rule.Statistic, rule.Convention]).OfType<string>());
            int number = seen[about] = seen.GetValueOrDefault(about) + 1;
            nodes.Add(RuleOf(rule, number == 1 ? about : $"{about} #{number}"));
        }

        return nodes.ToImmutable();
    }

    private static PlanNode Kpi(Kpi kpi)
    {
        string number = string.Join(' ', ((string?[])[kpi.Rule.Signal, kpi.Rule.Statistic]).OfType<string>());
        return new($"[{kpi.Id}]", $"{number} {kpi.TargetText}",
        [
            .. Some(
                ("text", kpi.Text),
                ("statistic", kpi.Rule.Statistic),
                ("signal", kpi.Rule.Signal),
                ("cells", kpi.Rule.Cells is { } cells ? List(cells) : null),
                (kpi.AtLeast ? "at_least" : "at_most", Quantity.Rate(kpi.Target)),
                ("confidence", Quantity.Rate(kpi.Rule.Alarm.Confidence ?? 0)),
                ("min_rows", kpi.Rule.Alarm.MinRows is { } rows ? Digits(rows) : null),
                ("severity", kpi.Rule.Severity.ToString().ToLowerInvariant()),
                ("value_per_row", kpi.ValuePerRow is { } value ? $"{Quantity.Rate(value)} {kpi.Unit}" : null)),
        ]);
    }

    private static PlanNode RuleOf(Rule rule, string about)
    {
        Alarm alarm = rule.Alarm;
        string kind = alarm.Form.Key, value = alarm.Form.IsOfErrors ? alarm.DetectorName! : Quantity.Rate(alarm.Value);
        string severity = rule.Severity.ToString().ToLowerInvariant();
        return new($"[{about}]", $"{alarm.Trend?.Text ?? $"{kind} {value}"}, {severity}",
        [
            .. Some(
                ("id", rule.Id == RuleIdentity.RuleId(rule) ? null : rule.Id),
                ("severity", severity),
                ("urgent", rule.Urgent ? "true" : null),
                ("reference", rule.Reference),
                ("cells", rule.Cells is { } cells ? List(cells) : null),
                ("goal", rule.Goal)),
            new(".alarm", alarm.Trend?.Text ?? $"{kind} {value}", Some(
                ("kind", kind),
                ("value", alarm.Trend is null ? value : null),
                ("trend", alarm.Trend?.Text),
                ("min_effect", alarm.Form.IsCalibrated ? Quantity.Rate(alarm.MinEffect) : null),
                ("confidence", alarm.Confidence is { } confidence ? Quantity.Rate(confidence) : null),
                ("min_rows", alarm.MinRows is { } rows ? Digits(rows) : null))),
        ]);
    }

    private static ImmutableArray<PlanNode> Some(params ReadOnlySpan<(string Name, string? Text)> values)
    {
        var nodes = ImmutableArray.CreateBuilder<PlanNode>();
        foreach ((string name, string? text) in values)
        {
            if (text is not null) nodes.Add(PlanNode.Leaf($".{name}", text));
        }

        return nodes.ToImmutable();
    }

    private static string? Where(params ReadOnlySpan<(string Key, string? Value)> places)
    {
        foreach ((string key, string? value) in places)
        {
            if (value is not null) return $"{key}: {value}";
        }

        return null;
    }

    private static string? Binary(BinaryColumn? column) => column is null ? null : $"column: {column.Column}, positive: {column.Positive}";

    private static string Format(SourceDocument source) => source.Format.Word();

    private static string List(IEnumerable<string> values) => $"[{string.Join(", ", values)}]";

    private static string Duration(long microseconds) => Quantity.Duration(microseconds);

    private static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);
}
