using System.Collections.Concurrent;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Cells;

public sealed class SharedIndexTests
{
    [Fact]
    public void CountersOfOneLayout_InLanesSideBySide_LookUpInOneIndex()
    {
        var reader = new JsonMessageReader(new InputLimits(), [new JsonColumn("x", JsonKind.Number, JsonPath.Field("x"))]);
        Assert.Null(reader.Read(Encoding.UTF8.GetBytes("""[{"x":1},{"x":2},{"x":7}]""")));
        Batch batch = reader.Batches[0];
        for (int round = 0; round < 50; round++)
        {
            var signal = new BaselineSignal("x", SignalRole.Feature, ["x"], Layout.Numeric([2, 5, round + 6]), []);
            var seen = new SeenIndexes();
            Parallel.For(0, 4, lane =>
            {
                ICellCounter counter = CellCounters.For(signal, null, null, seen, lane);
                Assert.Null(counter.Bind(batch));
                long[] counts = new long[signal.Layout.Cells];
                counter.Count(0, batch.Rows, counts);
                Assert.Equal([1, 1, round < 2 ? 0 : 1, round < 2 ? 1 : 0, 0, 0], counts);
            });
            Assert.Equal(4, seen.Indexes.Count);
            Assert.Single(seen.Indexes.Distinct());
        }
    }

    private sealed class SeenIndexes : INumberCounter
    {
        public ConcurrentBag<EdgeIndex<double>> Indexes { get; } = [];

        public Span<double> Block(int lane, EdgeIndex<double> index, int values) => CpuCounter.Shared.Block(lane, index, values);

        public void Count(int lane, EdgeIndex<float> index, ReadOnlySpan<float> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts) =>
            CpuCounter.Shared.Count(lane, index, values, validity, validityOffset, counts);

        public void Count(int lane, EdgeIndex<double> index, ReadOnlySpan<double> values, ReadOnlySpan<byte> validity, int validityOffset, long[] counts)
        {
            Indexes.Add(index);
            CpuCounter.Shared.Count(lane, index, values, validity, validityOffset, counts);
        }

        public void Settle(IEnumerable<long[]> counts)
        {
        }
    }
}
