using System.Collections.Immutable;
using CsCheck;
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

/// <summary>A plan as the plan topic holds it: its text is the plan, and it says which changes start the counters again.</summary>
public sealed class PlanDocumentTests
{
    private static readonly string[] Texts =
    [
        Configs.Text("example.yaml"),
        Configs.Text("minimal.yaml"),
        Configs.WithModel("purpose: \"\\\"no\\\" <&> \\\\ \\u2028 \\u00e4\"|"
            + "tags: [\"1\", \"a, b\"]|columns: { score: \"predicted_probability\", version: { value: \"null\" } }"),
        Configs.WithModel("rules: [{ statistic: silence, alarm: { above: 0 } }, { statistic: silence_probability, alarm: { below: 0.01% } }]"),
        Configs.WithModel("window: [{ name: \"a: b\", size: 1d, offset: 6h }, { size: 7d, every: 1d }]"),
        Configs.Text("every-key.yaml"),
    ];

    private static readonly ModelDocument Model = Document(Texts[0]).Models[0];

    // Every field of a model: what it may change to, and whether counters start again for it.
    private static readonly LabelPlan Labels =
        new(["y"], "id", null, null, Duration.FromDays(9), Duration.FromMinutes(1), [Duration.FromDays(9)], Corrections.First);

    private static readonly Dictionary<string, (bool Counts, Func<ModelDocument, ModelDocument> Change)> Fields = new()
    {
        [nameof(ModelDocument.Id)] = (true, m => m with { Id = "other" }),
        [nameof(ModelDocument.Owner)] = (false, m => m with { Owner = "ml-platform" }),
        [nameof(ModelDocument.Stakeholders)] = (false, m => m with { Stakeholders = [.. m.Stakeholders, "ml-platform"] }),
        [nameof(ModelDocument.Purpose)] = (false, m => m with { Purpose = "other" }),
        [nameof(ModelDocument.Runbook)] = (false, m => m with { Runbook = "other" }),
        [nameof(ModelDocument.Tags)] = (false, m => m with { Tags = [.. m.Tags, "other"] }),
        [nameof(ModelDocument.Topics)] = (true, m => m with { Topics = [.. m.Topics, "other"] }),
        [nameof(ModelDocument.Time)] = (true, m => m with { Time = "other" }),
        [nameof(ModelDocument.TimeUnit)] = (true, m => m with { TimeUnit = TimeUnit.Nanosecond }),
        [nameof(ModelDocument.Version)] = (true, m => m with { Version = new VersionSource(Value: "other") }),
        [nameof(ModelDocument.Decision)] = (true, m => m with { Decision = null }),
        [nameof(ModelDocument.Label)] = (true, m => m with { Label = new BinaryColumn("other", "1") }),
        [nameof(ModelDocument.Paths)] = (true, m => m with { Paths = ImmutableSortedDictionary<string, string>.Empty.Add("AGEP", "$.other") }),
        [nameof(ModelDocument.Baseline)] = (true, m => m with { Baseline = m.Baseline! with { Part = "sha256:other" } }),
        [nameof(ModelDocument.AllowedLateness)] = (true, m => m with { AllowedLateness = new(1) }),
        [nameof(ModelDocument.PaneSize)] = (true, m => m with { PaneSize = new(1) }),
        [nameof(ModelDocument.PaneOffset)] = (true, m => m with { PaneOffset = new(1) }),
        [nameof(ModelDocument.Windows)] = (false, m => m with { Windows = [.. m.Windows, new WindowSettings("other", new(1), new(1), new(0), 1)] }),
        [nameof(ModelDocument.Rules)] = (false, m => m with { Rules = [] }),
        [nameof(ModelDocument.FireAfter)] = (false, m => m with { FireAfter = 9 }),
        [nameof(ModelDocument.FireOf)] = (false, m => m with { FireOf = 9 }),
        [nameof(ModelDocument.Further)] = (false, m => m with
        {
            Further = [new FurtherDocument("other", null, new StreamReference(StreamRowsOf.Previous, new(1)))],
        }),
        [nameof(ModelDocument.ResolveAfter)] = (false, m => m with { ResolveAfter = 9 }),
        [nameof(ModelDocument.Goal)] = (false, m => m with { Goal = new Goal("other") }),
        [nameof(ModelDocument.Kpis)] = (false, m => m with { Kpis = [new Kpi(m.Rules[0], "other")] }),
        [nameof(ModelDocument.RollbackTo)] = (false, m => m with { RollbackTo = "other" }),
        [nameof(ModelDocument.Retire)] = (false, m => m with { Retire = new DateOnly(2027, 1, 1) }),
        [nameof(ModelDocument.Law)] = (false, m => m with { Law = [new LegalDuty("other")] }),
        [nameof(ModelDocument.Labels)] = (true, m => m with { Labels = Labels }),
        [nameof(ModelDocument.Recommend)] = (false, m => m with { Recommend = RecommendSettings.Off }),
        [nameof(ModelDocument.Learn)] = (false, m => m with { Learn = new LearnDocument(Time.Duration.FromDays(1), "sha256:other") }),
    };

    [Fact]
    public void Text_ReadsBackAsTheSamePlan()
    {
        foreach (PlanDocument document in Texts.Select(Document))
        {
            PlanDocument read = PlanDocument.Read(document.Text)!;
            Assert.Equal((document.Text, document.Hash, document.CountingHash), (read.Text, read.Hash, read.CountingHash));
            Assert.Equal(document.Sources.Select(s => s.Topic).Order(StringComparer.Ordinal), document.Fates().Keys);
            Assert.Equal(document.Fates(), read.Fates());
        }

        Assert.Null(PlanDocument.Read("{ \"models\": 1 }"));
        Assert.Null(PlanDocument.Read("{}"));
        Assert.Null(PlanDocument.Read("no plan"));
    }

    // Whatever stands in a text or a number: the canonical text is a fixed point.
    [Fact]
    public void Text_OfAnyContent_ReadsBackAsItself()
    {
        PlanDocument document = Document(Texts[0]);
        Gen.Select(Gen.String, Gen.String, Gen.Double.Unit, Gen.Long).Sample(
            (purpose, tag, value, size) =>
            {
                ModelDocument model = Model with
                {
                    Purpose = purpose,
                    Tags = [tag],
                    PaneSize = new(size),
                    Rules = [.. Model.Rules.Select(r => r with { Alarm = r.Alarm with { Value = value, Confidence = value } })],
                };
                string text = (document with { Models = [model] }).Text;
                Assert.Equal(text, PlanDocument.Read(text)!.Text);
            },
            iter: 200);
    }

    [Fact]
    public void Adopted_CountsAndJudgesAsTheOwn()
    {
        foreach (string text in Texts)
        {
            DriftPlan plan = Configs.Read(text).Plan!;
            PlanDocument document = PlanDocument.Read(PlanDocument.Of(plan).Text)!;
            // Another worker's broker and paces, another plan's models.
            DriftPlan own = Configs.Read(Configs.WithFile("engine: { segment: 1MiB, flush: 1s }")).Plan!;
            var parts = plan.Models.SelectMany(PlanDocument.PartsOf).DistinctBy(p => p.Hash).ToDictionary(p => p.Hash);
            DriftPlan adopted = document.Adopt(own, parts.GetValueOrDefault, 7, 5, out string? missing)!;
            Assert.Null(missing);
            Assert.Equal((plan.Hash, 7, 5), (adopted.Hash, adopted.Epoch, adopted.Counting.Epoch));
            // How a baseline is learned is for whoever proposes the plan.
            Assert.Equal((document with { Models = [.. document.Models.Select(m => m with { Learn = null })] }).Text, PlanDocument.Of(adopted).Text);
            Assert.Equal((own.Kafka, own.Engine, own.Topics), (adopted.Kafka, adopted.Engine, adopted.Topics));
            Assert.Equal(plan.Desk, adopted.Desk);
            Assert.Equal(own.Counting.SegmentBytes, adopted.Counting.SegmentBytes);
            (JudgeSettings left, JudgeSettings right) = (plan.Judge(), adopted.Judge());
            Assert.Equal(left.PlanHash, right.PlanHash);
            Assert.Equal(left.Windowing.Fates, right.Windowing.Fates);
            Assert.Equal(left.Windowing.Unowned.Topics, right.Windowing.Unowned.Topics);
            foreach ((ModelPlan mine, ModelPlan theirs) in plan.Models.OrderBy(m => m.Id, StringComparer.Ordinal).Zip(adopted.Models))
            {
                Assert.Equal(mine.Judgement.Baseline.Hash, theirs.Judgement.Baseline.Hash);
                Assert.Equal(mine.Judgement.Rules.Select(r => r with { Cells = null }), theirs.Judgement.Rules.Select(r => r with { Cells = null }));
                Assert.Equal(mine.Judgement.Rules.Select(r => r.Cells?.AsEnumerable()), theirs.Judgement.Rules.Select(r => r.Cells?.AsEnumerable()));
                Assert.Equal(Further(mine), Further(theirs));
                Assert.Equal(mine.Windows.References.AsEnumerable(), theirs.Windows.References);
                Assert.Equal((mine.Windows.MostEmpty, mine.Windows.Silence), (theirs.Windows.MostEmpty, theirs.Windows.Silence));
                Assert.Equal(Layouts(mine.Judgement.Baseline.Signals), Layouts(theirs.Judgement.Baseline.Signals));
                Assert.Equal(Layouts(mine.Counting.Signals), Layouts(theirs.Counting.Signals));
                Assert.Equal(mine.Alerts.Owner, theirs.Alerts.Owner);
                Assert.Equal((mine.Alerts.Goal, mine.Alerts.RollbackTo), (theirs.Alerts.Goal, theirs.Alerts.RollbackTo));
                Assert.Equal(mine.Alerts.Retire, theirs.Alerts.Retire);
                Assert.Equal(mine.Alerts.Law.AsEnumerable(), theirs.Alerts.Law);
                Assert.Equal(mine.Alerts.Recommend, theirs.Alerts.Recommend);
                Assert.Equal(mine.Alerts.Windows.AsEnumerable(), theirs.Alerts.Windows);
            }
        }
    }

    [Fact]
    public void Adopted_WithoutABaseline_SaysWhich()
    {
        DriftPlan plan = Configs.Read(Texts[1]).Plan!;
        PlanDocument document = PlanDocument.Of(plan);
        Assert.Null(document.Adopt(plan, _ => null, 1, 1, out string? missing));
        Assert.Equal(document.Models[0].Baseline!.Part, missing);
    }

    [Fact]
    public void Fields_AreAllKnownToCountOrNot() =>
        Assert.Equal(Fields.Keys.Order(), typeof(ModelDocument).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Order());

    [Fact]
    public void Counters_StartAgainForWhatTheyCount_AndForNothingElse()
    {
        PlanDocument document = Document(Texts[0]);
        string topic = Model.Topics[0];
        foreach ((string name, (bool counts, Func<ModelDocument, ModelDocument> change)) in Fields)
        {
            PlanDocument other = document with { Models = [change(Model), .. document.Models[1..]] };
            Assert.True(document.Hash != other.Hash, $"{name} is not in the plan's hash");
            Assert.True(counts == (document.CountingHash != other.CountingHash), $"{name}: counters {(counts ? "go on" : "start again")}");
            // The cells alone decide no fate.
            bool fates = counts && name != nameof(ModelDocument.Baseline);
            Assert.True(fates == (document.Fates()[topic] != other.Fates()[topic]), $"{name}: fates");
        }

        Assert.NotEqual(document.CountingHash, (document with { MaxFuture = new(1) }).CountingHash);
        Assert.NotEqual(document.CountingHash, (document with { UnownedPane = new(1) }).CountingHash);
        SourceDocument source = document.Sources[0] with { Topic = "other" };
        Assert.NotEqual(document.CountingHash, (document with { Sources = [source, .. document.Sources[1..]] }).CountingHash);
        Assert.NotEqual(document.CountingHash, (document with { Models = document.Models[1..] }).CountingHash);
        Assert.Equal(document.CountingHash, (document with { RootOwner = "other", Owners = [] }).CountingHash);
        PlanDocument desk = document with { Desk = DeskSettings.Default with { Update = new(1) } };
        Assert.Equal((document.CountingHash, document.Fates()[topic]), (desk.CountingHash, desk.Fates()[topic]));
    }

    private static IEnumerable<(string, string?, StreamReference?)> Further(ModelPlan model) =>
        model.Judgement.Further.Select(f => (f.Name, f.Fixed?.Hash, f.Stream));

    private static IEnumerable<(string, ulong)> Layouts(IEnumerable<BaselineSignal> signals) => signals.Select(s => (s.Key, s.Layout.Key));

    private static PlanDocument Document(string text) => PlanDocument.Of(Configs.Read(text).Plan!);
}
