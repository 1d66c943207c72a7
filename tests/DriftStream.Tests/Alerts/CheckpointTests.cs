using System.IO.Compression;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Windows;
using Xunit;

namespace DriftStream.Tests.Alerts;

public sealed class CheckpointTests
{
    [Fact]
    public void Checkpoint_OfAnEarlierRelease_IsRead()
    {
        var key = new EntryKey("m", "7", new(10), new(10), 0);
        var segment = new SegmentSnapshot(new SourcePartition("t", 0), new(3), false, [new EntryRows(key, new(0), new(5))], []);
        var state = new CheckpointState(9, 4, new LedgerState(new(1), [], [], [], [], [segment], [], [], []), []);
        byte[] bytes = Checkpoint.Write(state);
        using var text = new StreamReader(new GZipStream(new MemoryStream(bytes[1..]), CompressionMode.Decompress));
        string json = text.ReadToEnd();
        using var early = new MemoryStream();
        early.WriteByte(2);
        using (var gzip = new GZipStream(early, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(json.Replace(",\"Rest\":false", "", StringComparison.Ordinal)
                .Replace("\"Symptoms\":[]", "\"Episodes\":[]", StringComparison.Ordinal)));
        Assert.Contains("\"Rest\":false", json, StringComparison.Ordinal);
        Assert.Contains("\"Symptoms\":[]", json, StringComparison.Ordinal);
        Assert.Empty(Checkpoint.Read(early.ToArray())!.Symptoms);
        Assert.Equal(key, Assert.Single(Assert.Single(Checkpoint.Read(early.ToArray())!.Ledger.Segments).Used).Key);
        Assert.Equal(key, Assert.Single(Assert.Single(Checkpoint.Read(bytes)!.Ledger.Segments).Used).Key);
    }
}
