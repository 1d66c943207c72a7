using System.Text;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Alerts;

public sealed class WindowRecordTests
{
    private static readonly Subject Age = new("employment", "7", "1h", "AGEP", null);

    private static readonly WindowRecord Record = new(
        "employment", "1h", new EventTime(0), new EventTime(EventTime.Hour), true, 3, "sha256:ab",
        [
            new WindowVersion("7", "v1", "sha256:cd", new RowCount(120), Judgement.Drifting, "sha256:ef"),
            new WindowVersion("8", null, null, RowCount.Zero, Judgement.Insufficient, ""),
        ],
        [
            new Symptom(Age, SymptomStatus.Began, Severity.Critical, new EventTime(0), "AGEP is null \"everywhere\" – ü")
            {
                Detail = [.. """{"statistic":{"name":"psi","value":0.5,"p_value":1e-300},"cells":[]}"""u8],
            },
            new Symptom(Age with { Signal = "JWMNP", Slice = "country=DE" }, SymptomStatus.On, Severity.Info, new EventTime(0), "it goes on")
            {
                StoryChanged = true,
            },
            new Symptom(Age with { Signal = null, OfModel = SubjectNames.Unjudged }, SymptomStatus.Ended, Severity.Warning, new EventTime(0), "over"),
        ])
    { LeftOut = 4, LateRows = new RowCount(2), CutBy = 9 };

    [Fact]
    public void ARecord_ComesBackAsItWasWritten()
    {
        byte[] bytes = WindowRecordJson.Write(Record);

        WindowRecord? back = WindowRecordJson.Read(bytes);

        Assert.NotNull(back);
        Assert.Equal(bytes, WindowRecordJson.Write(back));
        Assert.Equal(Record.Versions, back.Versions);
        Assert.Equal(Record.Symptoms.Select(s => s with { Detail = [] }), back.Symptoms.Select(s => s with { Detail = [] }));
        Assert.Equal(Record.Symptoms[0].Detail, back.Symptoms[0].Detail);
        Assert.True(back.Symptoms[1].Detail.IsEmpty);
        Assert.True(back.Symptoms[2].IsForRoot);
        Assert.Equal((4, new RowCount(2), 9L), (back.LeftOut, back.LateRows, back.CutBy));
        Assert.Equal(Record.Id, back.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"kind\":\"window\"}")]
    public void OtherBytes_AreNoRecord(string text) => Assert.Null(WindowRecordJson.Read(Encoding.UTF8.GetBytes(text)));

    /// <summary>Each of its required properties, taken away or null, makes it no record: nothing is guessed.</summary>
    [Fact]
    public void ARecordWithoutAProperty_IsNone()
    {
        using JsonDocument whole = JsonDocument.Parse(WindowRecordJson.Write(Record));
        foreach (string name in (string[])["kind", "model", "window", "start", "end", "complete", "epoch", "plan", "versions", "symptoms"])
        {
            var without = whole.RootElement.EnumerateObject().Where(p => p.Name != name).ToDictionary(p => p.Name, p => (object?)p.Value);
            if (name != "kind") Assert.Null(WindowRecordJson.Read(JsonSerializer.SerializeToUtf8Bytes(without)));
            without[name] = null;
            Assert.Null(WindowRecordJson.Read(JsonSerializer.SerializeToUtf8Bytes(without)));
        }
    }

    [Fact]
    public void Ids_TellWindowsApart_AndNothingElse()
    {
        Assert.Equal(Record.Id, (Record with { Plan = "sha256:00", Epoch = 8, Symptoms = [] }).Id);
        Assert.NotEqual(Record.Id, (Record with { CutBy = null }).Id);
        Assert.NotEqual(Record.Id, (Record with { End = new EventTime(2 * EventTime.Hour) }).Id);
    }
}
