using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Says on stderr why Kafka did not do what a command wanted.</summary>
internal static class BrokerFailure
{
    /// <returns>The exit code.</returns>
    public static int Report(KafkaSettings kafka, KafkaFailure failure, TextWriter errors)
    {
        string hint = failure.Kind switch
        {
            KafkaErrorKind.Missing => "; create it (ours: driftstream topics --apply)",
            KafkaErrorKind.TooLarge => "; try fewer --rows-per-message",
            _ => "",
        };
        errors.WriteLine($"{kafka.Bootstrap}: {Printable.Of(failure.Detail)}{hint}");
        return ExitCode.World;
    }
}
