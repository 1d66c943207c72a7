using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>What to do about a failure of Kafka: librdkafka's hundred codes, in as many kinds as there are answers.</summary>
public enum KafkaErrorKind
{
    /// <summary>No broker answers in time: try again, the network or the broker is at fault.</summary>
    Unreachable,
    /// <summary>The topic or the partition does not exist: create it.</summary>
    Missing,
    /// <summary>Our identity or our rights do not suffice: grant them.</summary>
    Denied,
    /// <summary>The record is larger than the client or the topic allows.</summary>
    TooLarge,
    /// <summary>The offset is no longer, or not yet, in the log.</summary>
    OffsetGone,
    /// <summary>The client can no longer be used (fenced by a successor, fatal error): dispose of it and make a new one.</summary>
    ClientLost,
    /// <summary>The group is reassigning its partitions, and this member came too late: join again, nothing is wrong.</summary>
    Rebalancing,
    /// <summary>Anything else; the detail says what.</summary>
    Refused,
}

/// <summary>A failed call or record.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Detail">Where, librdkafka's code and its sentence.</param>
public sealed record KafkaFailure(KafkaErrorKind Kind, string Detail)
{
    /// <param name="error">As librdkafka reported it.</param>
    /// <param name="where">Topic and partition, or the call.</param>
    public static KafkaFailure From(Error error, string where) =>
        new(error.IsFatal ? KafkaErrorKind.ClientLost : KindOf(error.Code), $"{where}: {error.Code}: {Words(error)}");

    /// <summary>librdkafka's sentence; where that says little to whoever runs the worker, what it means.</summary>
    public static string Words(Error error)
    {
        string? meaning = KindOf(error.Code) == KafkaErrorKind.Rebalancing
            ? "the group is rebalancing, and this goes on by itself"
            : error.Code == ErrorCode.Local_UnknownPartition
                ? "the broker does not tell of this partition: it is still starting, the topic has fewer of them, or these rights do not let it be seen"
                : null;
        return meaning is null ? error.Reason : $"{error.Reason} ({meaning})";
    }

    /// <summary>The kind of a code that is not known to be fatal.</summary>
    public static KafkaErrorKind KindOf(ErrorCode code) => code switch
    {
        ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue
            or ErrorCode.Local_MsgTimedOut or ErrorCode.Local_Resolve or ErrorCode.Local_WaitCoord or ErrorCode.Local_Retry
            or ErrorCode.RequestTimedOut or ErrorCode.NetworkException or ErrorCode.LeaderNotAvailable
            or ErrorCode.NotLeaderForPartition or ErrorCode.BrokerNotAvailable or ErrorCode.NotEnoughReplicas
            or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup
            or ErrorCode.GroupLoadInProgress or ErrorCode.NotController or ErrorCode.ConcurrentTransactions
            or ErrorCode.ThrottlingQuotaExceeded => KafkaErrorKind.Unreachable,
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition
            or ErrorCode.UnknownTopicId => KafkaErrorKind.Missing,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed
            or ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Authentication
            or ErrorCode.Local_Ssl => KafkaErrorKind.Denied,
        ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.RecordListTooLarge => KafkaErrorKind.TooLarge,
        ErrorCode.OffsetOutOfRange or ErrorCode.Local_AutoOffsetReset or ErrorCode.Local_LogTruncation => KafkaErrorKind.OffsetGone,
        ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.RebalanceInProgress or ErrorCode.Local_AssignmentLost
            => KafkaErrorKind.Rebalancing,
        ErrorCode.Local_Fatal or ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch
            or ErrorCode.TransactionCoordinatorFenced or ErrorCode.OutOfOrderSequenceNumber
            or ErrorCode.Local_State or ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight => KafkaErrorKind.ClientLost,
        _ => KafkaErrorKind.Refused,
    };
}
