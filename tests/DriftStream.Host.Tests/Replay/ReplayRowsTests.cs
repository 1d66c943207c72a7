using System.Text;
using CsCheck;
using DriftStream.Batches;
using DriftStream.Host.Replay;
using Xunit;

namespace DriftStream.Host.Tests.Replay;

public sealed class ReplayRowsTests
{
    private static readonly Gen<(int?[][] Keys, int Most)> AnyRows =
        Gen.Select(Gen.Int[0, 3].Select(k => k == 3 ? (int?)null : k).Array[0, 40].Array[1, 4], Gen.Int[1, 15]);

    /// <summary>Every row is in one message, in the file's order, and all messages but the last are full.</summary>
    [Fact]
    public void InOrder_IsTheFileCutIntoPieces() => AnyRows.Sample(t =>
    {
        List<ReplayMessage> messages = [.. ReplayRows.InOrder(Batches(t.Keys), t.Most)];
        Assert.Equal(Enumerable.Range(0, t.Keys.Sum(k => k.Length)), messages.SelectMany(m => Rows(t.Keys, m)));
        Assert.All(messages.SkipLast(1), m => Assert.Equal(t.Most, m.RowCount));
        Assert.All(messages, m => Assert.InRange(m.RowCount, 1, t.Most));
        Assert.All(messages, m => Assert.Null(m.Key));
    });

    /// <summary>The rows of each key, over all its messages, are that key's rows of the file in their order.</summary>
    [Fact]
    public void ByKey_KeepsTheRowsOfAKeyTogetherAndInOrder() => AnyRows.Sample(t =>
    {
        int?[] keys = [.. t.Keys.SelectMany(k => k)];
        List<ReplayMessage> messages = [.. ReplayRows.ByKey(Batches(t.Keys), "key", t.Most)];
        Assert.Equal(keys.Length, messages.Sum(m => m.RowCount));
        Assert.All(messages, m => Assert.InRange(m.RowCount, 1, t.Most));
        foreach (IGrouping<string?, ReplayMessage> of in messages.GroupBy(m => m.Key is null ? null : Encoding.UTF8.GetString(m.Key)))
        {
            IEnumerable<int> expected = Enumerable.Range(0, keys.Length).Where(i => keys[i]?.ToString() == of.Key);
            Assert.Equal(expected, of.SelectMany(m => Rows(t.Keys, m)));
            Assert.All(of.SkipLast(1), m => Assert.Equal(t.Most, m.RowCount));
        }
    });

    private static Batch[] Batches(int?[][] keys) => [.. keys.Select(k => new BatchBuilder().Add("key", Columns.Of<int>(k)).Build())];

    private static IEnumerable<int> Rows(int?[][] keys, ReplayMessage message) => message.Rows.SelectMany(span =>
        Enumerable.Range(keys.Take(span.Batch).Sum(k => k.Length) + span.Start, span.Rows));
}
