using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Tests.Observability;

/// <summary>A log that is kept.</summary>
internal sealed class Lines : ILogger
{
    private readonly ConcurrentQueue<string> _texts = new();

    public string[] Texts => [.. _texts];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _texts.Enqueue(formatter(state, exception));
}
