using CsCheck;
using DriftStream.Frames;
using Xunit;

namespace DriftStream.Tests.Frames;

public sealed class SourceOffsetTests
{
    [Fact]
    public void OffsetsOfATopicThatWasMadeAgain_ComeAfterAllOfTheFormerOne() =>
        Gen.Select(Gen.Long[0, 1L << 47], Gen.Long[0, 1L << 47], Gen.Int[0, 1000]).Sample((a, b, generation) =>
        {
            (SourceOffset before, SourceOffset after) = (new SourceOffset(a).In(generation), new SourceOffset(b).In(generation + 1));
            Assert.True(before < after);
            Assert.Equal((generation, a), (before.Generation, before.InTopic.Value));
            Assert.Equal((generation + 1, b + 1), (after.Next.Generation, after.Next.InTopic.Value));
        });

    [Fact]
    public void NoOffset_IsOfTheFirstTopic() => Assert.Equal((0, SourceOffset.None), (SourceOffset.None.Generation, SourceOffset.None.InTopic));
}
