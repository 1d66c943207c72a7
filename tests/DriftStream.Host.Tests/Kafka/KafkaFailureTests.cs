using Confluent.Kafka;
using DriftStream.Host.Kafka;
using Xunit;

namespace DriftStream.Host.Tests.Kafka;

public sealed class KafkaFailureTests
{
    [Theory]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.RebalanceInProgress)]
    public void Rebalance_IsCalledOne_AndGoesOnByItself(ErrorCode code)
    {
        KafkaFailure failure = KafkaFailure.From(new Error(code), "delivering alerts");
        Assert.Equal(KafkaErrorKind.Rebalancing, failure.Kind);
        Assert.Matches($@"^delivering alerts: {code}: Broker: .* \(the group is rebalancing, and this goes on by itself\)$", failure.Detail);
    }

    [Fact]
    public void UnknownPartition_SaysWhatThatMayBe()
    {
        KafkaFailure failure = KafkaFailure.From(new Error(ErrorCode.Local_UnknownPartition), "finding where to start");
        Assert.Equal(KafkaErrorKind.Missing, failure.Kind);
        Assert.EndsWith(
            "(the broker does not tell of this partition: it is still starting, the topic has fewer of them, or these rights do not let it be seen)",
            failure.Detail);
    }
}
