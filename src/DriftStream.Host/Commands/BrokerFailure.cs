using DriftStream.Host.Kafka;
using DriftStream.Host.Terminal;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Says on stderr why Kafka did not do what a command wanted.</summary>
internal static class BrokerFailure
{
    /// <returns>The exit code.</returns>
    public static int Report(KafkaSettings kafka, KafkaFailure failure, TextWriter errors)
    {
        errors.WriteLine(Printable.Of($"{kafka.Bootstrap}: {failure.Detail}{Hint(failure)}"));
        return ExitCode.World;
    }

    /// <summary>What to do about it, after a semicolon; empty where Kafka's words say everything.</summary>
    public static string Hint(KafkaFailure failure) => failure.Kind switch
    {
        KafkaErrorKind.Missing => "; create it (ours: driftstream topics --apply)",
        KafkaErrorKind.Denied => $"; {TopicsThere.Login}, or the rights that driftstream topics --acls prints",
        KafkaErrorKind.TooLarge => "; try fewer --rows-per-message",
        _ => "",
    };
}
