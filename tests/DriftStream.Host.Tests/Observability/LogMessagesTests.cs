using System.Collections.Immutable;
using System.Reflection;
using Confluent.Kafka;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

public sealed class LogMessagesTests
{
    private static readonly LoggerMessageAttribute[] Messages = [.. typeof(LogMessages)
        .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()];

    [Fact]
    public void Ids_AreUnique_AndInABlock()
    {
        Assert.NotEmpty(Messages);
        Assert.Equal(Messages.Length, Messages.Select(m => m.EventId).Distinct().Count());
        Assert.All(Messages, m => Assert.InRange(m.EventId, 1000, 7999));
    }

    [Fact]
    public void Messages_AllOfTheProcess_AreInOneFile() =>
        Assert.DoesNotContain(typeof(LogMessages).Assembly.GetTypes().Where(t => t != typeof(LogMessages)),
            t => t.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Any(m => m.GetCustomAttribute<LoggerMessageAttribute>() is not null));

    [Fact]
    public void ClientLog_GoesToTheLogger_EvenIfTheLoggerThrows()
    {
        var logger = new Broken();
        using (var producer = new AckedProducer(new("127.0.0.1:1", ImmutableSortedDictionary<string, string>.Empty), logger))
            SpinWait.SpinUntil(() => logger.Calls > 0, TimeSpan.FromSeconds(10));

        Assert.True(logger.Calls > 0);
    }

    [Fact]
    public void ClientLog_ABrokerThatIsAway_IsAFewLines()
    {
        var lines = new Lines();
        var often = ImmutableSortedDictionary<string, string>.Empty.Add("reconnect.backoff.ms", "1").Add("reconnect.backoff.max.ms", "10");
        var kafka = new KafkaSettings("127.0.0.1:1", often);
        using var producer = new AckedProducer(kafka, lines);
        using (var consumer = new ConsumerBuilder<Ignore, Ignore>(ClientSettings.Reader(kafka)).LogTo(lines).Build())
        {
            consumer.Assign(new TopicPartitionOffset("t", 0, Offset.Beginning));
            for (int i = 0; i < 30; i++) consumer.Consume(100);
        }

        Assert.InRange(lines.Texts.Length, 1, 8); // a hundred and more without the limit
        Assert.Contains(lines.Texts, l => l.Contains("Connection refused", StringComparison.Ordinal));
    }

    private sealed class Broken : ILogger
    {
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _calls);
            throw new IOException("disk full");
        }
    }
}
