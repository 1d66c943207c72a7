using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using DriftStream.Host.Commands;
using DriftStream.Host.Reading;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Host.Tests.Commands;

/// <summary>How late labels are, and what became of those of each topic, for people and programs.</summary>
public sealed class LabelsCommandTests
{
    private static readonly LabelSource Bank = new() { Labels = 100, Matched = 90, Orphans = 10, Lags = Lags(3600, 86_400 * 3) },
        Court = new() { Labels = 40, Waiting = 4, Orphans = 36 };

    [Fact]
    public void OneTopic_HasALineForItsLag() => Assert.Equal(
        [
            "credit: coverage unknown, time has not moved in all of its topics", "predictions  0: 0 pending, 0 matched, 0 unlabelled, 0 duplicate, 0 unjoined",
            "labels       0: 0 waiting, 0 matched, 0 orphan, 0 late, 0 duplicate, 0 corrected, 0 unjoined",
            "lag          half within 1h 4m, 95 % within 3d, 99 % within 3d",
        ],
        Lines(("payments", Bank)));

    [Fact]
    public void SeveralTopics_AreToldApart() => Assert.Equal(
        ["of bank: 100, 90 matched, 10 orphan; half within 1h 4m, 95 % within 3d, 99 % within 3d", "of court: 40, 4 waiting, 36 orphan"],
        Lines(("bank", Bank), ("court", Court))[3..]);

    [Fact]
    public void Json_HasEachTopic()
    {
        JsonElement stand = JsonDocument.Parse(LabelsCommand.Json(Stand(("bank", Bank), ("court", Court)))).RootElement;
        JsonElement[] sources = [.. stand.GetProperty("sources").EnumerateArray()];
        Assert.Equal("""{"topic":"court","labels":40,"waiting":4,"matched":0,"orphan":36,"late":0,"duplicate":0,"corrected":0,"unjoined":0,"""
            + """ "lag_seconds":{"p50":null,"p95":null,"p99":null}}""".TrimStart(), sources[1].GetRawText());
        Assert.Equal("""{"p50":3840,"p95":262144,"p99":262144}""", sources[0].GetProperty("lag_seconds").GetRawText());
    }

    /// <summary>Rows that a counter rejects never reach a joiner: they are said of the topic, each once, of other topics and models not at all.</summary>
    [Fact]
    public void Rejected_BeforeTheJoin_IsToldByReason()
    {
        DriftPlan plan = Kafka.Plans.Small(new KafkaSettings("localhost:1", ImmutableSortedDictionary<string, string>.Empty));
        plan = plan with
        {
            Models = [plan.Models[0] with { Labels = new LabelPlan(["bank"], "id", null, null, new Duration(1), new Duration(1), [new Duration(1)], default) }],
        };
        string model = plan.Models[0].Id;
        string[] records =
        [
            Record("a", "bank", "label_null", model, 3), Record("a", "bank", "label_null", model, 3), Record("b", "bank", "label_null", null, 1000),
            Record("c", "bank", "id_null", model, 1), Record("d", "bank", "not_arrow", null, null), Record("e", "bank", "label_null", "other", 7),
            Record("f", "rows", "label_null", model, 9), "no JSON",
        ];
        LabelStand stand = Stand(("bank", Bank)) with { Rejected = [.. LabelRejects.Of(plan, records.Select(Encoding.UTF8.GetBytes))[model]] };
        Assert.Equal("rejected     1,004 rows (1 id_null, 1,003 label_null), 1 unreadable message of bank, before the join",
            LabelsCommand.Text(stand).Split('\n').Select(l => l.Trim()).ElementAt(3));
        Assert.Equal("""[{"topic":"bank","rows":1004,"unreadable_messages":1,"reasons":{"id_null":1,"label_null":1003}}]""",
            JsonDocument.Parse(LabelsCommand.Json(stand)).RootElement.GetProperty("rejected").GetRawText());
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(LabelsCommand.Json(Stand())).RootElement.GetProperty("rejected").ValueKind);

        static string Record(string id, string topic, string reason, string? model, int? rows) => JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["Id"] = id,
            ["Topic"] = topic,
            ["Partition"] = 0,
            ["Offset"] = 1,
            ["Reason"] = reason,
            ["Detail"] = "x",
            ["Model"] = model,
            ["Rows"] = rows,
        }.ToDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Key), p => p.Value));
    }

    private static string[] Lines(params (string, LabelSource)[] sources) => [.. LabelsCommand.Text(Stand(sources)).Split('\n').Select(l => l.Trim())];

    private static LabelStand Stand(params (string, LabelSource)[] sources) => new("credit", 1, EventTime.None, new JoinFates()) { Sources = [.. sources] };

    private static ImmutableSortedDictionary<int, long> Lags(params long[] seconds) => seconds.GroupBy(s => LagCells.Of(new Duration(s * EventTime.Second)))
        .ToImmutableSortedDictionary(g => g.Key, g => (long)g.Count());
}
