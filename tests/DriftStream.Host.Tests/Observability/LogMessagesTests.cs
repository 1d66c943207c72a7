using System.Collections.Immutable;
using System.Reflection;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
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
