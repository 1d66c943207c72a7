using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DriftStream.Host.Tests.Webhooks;

/// <summary>What a receiver was sent.</summary>
internal sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body, DateTimeOffset At)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A web server on loopback, plain enough to answer wrongly: each request is answered by a text, or by none.</summary>
internal sealed class Receiver : IDisposable
{
    public const string Fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="answer">What is sent back for a request, by its number from 0; null: nothing, and the connection stays open; empty: it is closed.</param>
    public Receiver(Func<int, string?>? answer = null)
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Accept(answer ?? (_ => Fine));
    }

    public string Url { get; }

    public ConcurrentQueue<Received> All { get; } = [];

    /// <summary>Waits until so many requests have come.</summary>
    public Received[] Await(int count, int seconds = 10)
    {
        SpinWait.SpinUntil(() => All.Count >= count, TimeSpan.FromSeconds(seconds));
        return [.. All];
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private static string Status(int code, string more = "") => $"HTTP/1.1 {code} Answer\r\nContent-Length: 0\r\n{more}\r\n";

    public static string Error(int code, string more = "") => Status(code, more);

    private async Task Accept(Func<int, string?> answer)
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = Serve(client, answer);
        }
    }

    private async Task Serve(TcpClient client, Func<int, string?> answer)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            while (await Read(stream) is { } received)
            {
                int number = All.Count;
                All.Enqueue(received);
                if (answer(number) is not { } text) await Task.Delay(Timeout.Infinite, _stop.Token);
                else if (text.Length == 0) return;
                else await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _stop.Token);
            }
        }
    }

    private async Task<Received?> Read(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);
        byte[] body = new byte[int.Parse(headers["Content-Length"])];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new Received(lines[0].Split(' ')[1], headers, body, DateTimeOffset.UtcNow);
    }
}
