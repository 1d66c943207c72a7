using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

/// <summary>What takes metrics by OTLP over HTTP, on a port of its own.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly Channel<byte[]> _requests = Channel.CreateUnbounded<byte[]>();
    private readonly WebApplication _web;

    private Collector()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.UseRouting();
        _web.MapPost("/v1/metrics", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (context.Request.ContentType == "application/x-protobuf") _requests.Writer.TryWrite(body.ToArray());
            else context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        });
    }

    public string Address => _web.Urls.First();

    /// <summary>Nothing has come since the last one was taken.</summary>
    public bool IsEmpty => _requests.Reader.Count == 0;

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._web.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>The first request, of those to come, of which this holds.</summary>
    public async Task<byte[]> NextAsync(Func<byte[], bool>? holds = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            byte[] request = await _requests.Reader.ReadAsync(patience.Token);
            if (holds is null || holds(request)) return request;
        }
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
