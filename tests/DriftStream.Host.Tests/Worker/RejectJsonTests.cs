using System.Text.Json;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Host.Worker;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class RejectJsonTests
{
    private static readonly SourcePartition Source = new("t", 3);

    [Fact]
    public void Sum_SaysHowManyMessagesAndRows_AMessageInTwoPartsOnce()
    {
        HeldBack held = HeldBack.Of(Refused(7, 2)).With(Refused(7, 3)).With(Refused(9, 0)).With(Refused(12, 1));
        JsonElement json = JsonDocument.Parse(RejectJson.Write(held)).RootElement;
        Assert.Equal(("t", 3, 7, 12), (json.GetProperty("topic").GetString(), json.GetProperty("partition").GetInt32(),
            json.GetProperty("offset").GetInt64(), json.GetProperty("last_offset").GetInt64()));
        Assert.Equal((3, 6), (json.GetProperty("messages").GetInt64(), json.GetProperty("rows").GetInt64()));
        Assert.Equal("time_null", json.GetProperty("reason").GetString());
        Assert.Contains("some rows have no time", json.GetProperty("detail").GetString());
    }

    [Fact]
    public void SingleRecord_HasNoFieldsOfASum()
    {
        JsonElement json = JsonDocument.Parse(RejectJson.Write(Refused(7, 2))).RootElement;
        Assert.False(json.TryGetProperty("messages", out _));
        Assert.False(json.TryGetProperty("last_offset", out _));
    }

    private static RejectedRows Refused(long offset, long rows) =>
        new(Source, new(offset), "m", new(rows), new Reject(RejectReason.TimeNull, "some rows have no time"));
}
