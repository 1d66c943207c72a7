using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>What reading a config gave.</summary>
/// <param name="Plan">Null where any finding is an error.</param>
/// <param name="Findings">Errors and warnings, by position.</param>
/// <param name="Requests">The baselines that were asked for, by model id, with those that could not be loaded.</param>
/// <param name="Effective">
/// The config with every default written out, as YAML that reads back as the same plan; null where there is no plan.
/// Secrets stay in their files.
/// </param>
public sealed record PlanResult(
    DriftPlan? Plan, ImmutableArray<Finding> Findings, ImmutableArray<BaselineRequest> Requests, string? Effective)
{
    /// <summary>How the brokers are reached; null where the text is no config at all.</summary>
    public KafkaSettings? Kafka { get; init; }

    /// <summary>What the open windows of each model will hold, by model id; empty where there is no plan.</summary>
    public ImmutableArray<EntryEstimate> Entries { get; init; } = [];

    /// <summary>Line and column of <c>web.certificate</c>; null where it is not written.</summary>
    public (int Line, int Column)? CertificateAt { get; init; }
}

/// <summary>From the text of one config to a checked plan, with everything that is wrong said at once.</summary>
public static class PlanReader
{
    /// <summary>Record time after which a segment ends.</summary>
    public static Duration SegmentSpan => Duration.FromHours(1);

    /// <summary>The pane size by which rows that no model claims are counted.</summary>
    public static Duration UnownedPane => Duration.FromHours(1);

    /// <param name="file">Its name for people; relative paths in the config are relative to its folder.</param>
    /// <param name="text">Its content.</param>
    /// <param name="baselines">Loads a baseline, or says why not.</param>
    /// <param name="environment">The value of a variable, or null.</param>
    /// <param name="secretFile">The content of a file that the config names (a secret, holidays, a file to include), or null.</param>
    /// <param name="matching">
    /// The files of a pattern to include, by name, as they are to be opened and shown; null where the config stands alone.
    /// </param>
    /// <param name="today">The day against which dates of the config are held; null to hold them against none.</param>
    /// <param name="each">
    /// Lends threads: baselines that are files are then loaded at the same time, so <paramref name="baselines"/> must allow that. Null for one after the other.
    /// </param>
    public static PlanResult Read(
        string file,
        string text,
        Func<BaselineRequest, BaselineLoad> baselines,
        Func<string, string?> environment,
        Func<string, string?> secretFile,
        Func<string, ImmutableArray<string>>? matching = null,
        DateOnly? today = null,
        EachColumn? each = null)
    {
        each ??= OneByOne.Each;
        var findings = new FindingList(file);
        if (ConfigText.Parse(text, environment, findings) is not { } root) return new PlanResult(null, findings.Sorted(), [], null);
        var map = new ConfigMap(root, ConfigMap.Root, findings);
        KafkaSettings kafka = KafkaSection.Read(map.Map("kafka"), file, secretFile);
        (string? web, bool reload, WebSettings pages, string? publicUrl) = WebSection.Read(map.Map("web"));
        (EngineSettings engine, RowSecret ids) = WorkerSections.Engine(map.Map("engine"), file, secretFile);
        GpuUse gpu = WorkerSections.Gpu(map);
        TimeSettings time = WorkerSections.Time(map.Map("time"));
        TopicSettings topics = WorkerSections.Topics(map.Map("topics"));
        (InputLimits limits, int groups, int openWindows, int versions, int pending) = WorkerSections.Bounds(map.Map("limits"));
        DeskSettings desk = DeskSection.Read(map.Map(DeskSection.Key));
        int privacyRows = WorkerSections.PrivacyRows(map.Map("privacy"));
        ImmutableArray<ConfigMap> files = IncludeSection.Read(map, environment, secretFile, matching ?? (_ => []));
        ImmutableSortedDictionary<string, WrittenOwner> teams = OwnerSection.Read(files, secretFile);
        ImmutableSortedDictionary<string, Owner> owners = teams.ToImmutableSortedDictionary(t => t.Key, t => t.Value.Owner, StringComparer.Ordinal);
        Owner? rootOwner = OwnerSection.Root(map, teams);
        ModelPolicy defaults = ModelSection.Defaults(map.Map("defaults"));
        ImmutableArray<WrittenModel> written =
            ModelSection.Read(files, new ModelSurroundings([.. owners.Keys], topics.Prefix, groups, defaults, today));
        if (rootOwner is not null) OwnerSection.WarnOfNoChain(teams, rootOwner, written);
        LabelSection.Check(written, ids, findings);
        map.Close();

        (written, Dictionary<string, ModelPlan> models) = Bound(written, baselines, owners, (file, privacyRows), findings, each);
        var sources = SourceSection.Topics(written.Select(m => (m.Id, m.Sources, models.GetValueOrDefault(m.Id))), findings);
        ImmutableArray<BaselineRequest> requests = [.. written.Select(m => m.Baseline?.Request).OfType<BaselineRequest>()];
        if (findings.HasErrors) return new PlanResult(null, findings.Sorted(), requests, null) { Kafka = kafka };

        var counting = new CountingSettings(0, sources, time.MaxFuture, engine.SegmentBytes, SegmentSpan, UnownedPane)
        {
            Versions = versions,
            Ids = ids,
        };
        var plan = new DriftPlan("", kafka, web, engine, time, topics, limits, openWindows, groups, owners, rootOwner!,
            [.. written.Select(m => models[m.Id])], counting, gpu)
        {
            Pending = pending,
            Ids = written.Any(m => m.Labels is not null) ? ids.Name : null,
            WebReload = reload,
            Web = pages,
            PublicUrl = publicUrl,
            Desk = desk,
            PrivacyRows = privacyRows,
        };
        plan = plan with { Hash = PlanDocument.Of(plan).Hash };
        return new PlanResult(plan, findings.Sorted(), requests, PlanText.Write(plan, root.Find("kafka"), written))
        {
            Kafka = kafka,
            Entries = [.. written.Select(m => EntryEstimate.Of(m, models[m.Id]))],
            CertificateAt = root.Find("web")?.Find("certificate") is { } at ? (at.Line, at.Column) : null,
        };
    }

    /// <summary>The models with their baselines; without those that have none, or no owner.</summary>
    private static (ImmutableArray<WrittenModel> Written, Dictionary<string, ModelPlan> Models) Bound(
        ImmutableArray<WrittenModel> written, Func<BaselineRequest, BaselineLoad> baselines, ImmutableSortedDictionary<string, Owner> owners,
        (string File, int PrivacyRows) config, FindingList findings, EachColumn each)
    {
        // Files know nothing of each other. What is counted of rows uses the cores by itself, and has its order.
        var loads = new BaselineLoad?[written.Length];
        each(written.Length, i =>
        {
            if (written[i].Baseline?.Request is { Origin: BaselineOrigin.File } request) loads[i] = baselines(request);
        });
        var leveled = written.ToBuilder();
        var models = new Dictionary<string, ModelPlan>(StringComparer.Ordinal);
        for (int i = 0; i < written.Length; i++)
        {
            Baseline? baseline = BaselineBinding.Load(written[i], request => loads[i] ?? baselines(request), findings);
            if (baseline is null) continue;
            ImmutableArray<FurtherBaseline> further = FurtherBinding.Load(written[i], baseline, baselines, findings);
            if (written[i].Policy.FalseAlarms is { } dial && baseline.ToLearn is null) leveled[i] = dial.Apply(written[i], baseline, findings);
            if (written[i].Owner is not null) models.Add(written[i].Id, Model(leveled[i], baseline, further, owners, config));
        }

        // The plan's hash asks for all of them.
        ModelPlan[] all = [.. models.Values];
        each(all.Length, i => _ = PlanDocument.PartsOf(all[i]).ToArray());
        return (leveled.ToImmutable(), models);
    }

    private static ModelPlan Model(
        WrittenModel model, Baseline baseline, ImmutableArray<FurtherBaseline> further, ImmutableSortedDictionary<string, Owner> owners,
        (string File, int PrivacyRows) config)
    {
        ModelPolicy policy = model.Policy;
        ModelColumns columns = policy.Columns;
        Pane pane = model.Pane;
        ImmutableArray<Rule> rules = [.. policy.Rules.Select(r => r.Rule)];
        var windows = new ModelWindows(model.Id, [.. model.Sources.Where(s => !s.BringsLabels).Select(s => s.Topic).Order(StringComparer.Ordinal)],
            pane.Size, pane.Offset, policy.AllowedLateness, policy.Windows)
        {
            References = [.. further.Select(f => f.Stream).OfType<StreamReference>()],
        };
        return new ModelPlan(
            model.Id,
            new CountedModel(model.Id, columns.Time, columns.Version, columns.Decision, columns.Label, baseline.Signals,
                pane.Size, pane.Offset, policy.AllowedLateness, columns.TimeUnit, columns.Paths)
            {
                IdColumn = model.Labels?.Id,
                LabelKind = columns.LabelKind,
            },
            EmptyWindows.For(windows, rules, policy.Fire.After, policy.Fire.ResolveAfter),
            new JudgementSettings(model.Id, baseline, rules)
            {
                Further = further,
                PrivacyRows = config.PrivacyRows,
                Costs = model.Duties.Goal?.Costs,
                Kpis = [.. model.Kpis.Select(k => k.Kpi)],
            },
            new AlertSettings(model.Id, owners[model.Owner!], [.. model.Stakeholders.Select(id => owners[id])], model.Purpose,
                model.Runbook, model.Tags, policy.Fire.After, policy.Fire.Of, policy.Fire.ResolveAfter)
            {
                Goal = model.Duties.Goal,
                RollbackTo = model.Duties.RollbackTo,
                Retire = model.Duties.Retire,
                Law = model.Duties.Law,
                Recommend = policy.Recommend,
                Windows = policy.Windows,
            })
        {
            Labels = model.Labels,
            Learn = model.Baseline!.Request.Learn is null ? null : new LearnPlan(model, config.File),
        };
    }
}
