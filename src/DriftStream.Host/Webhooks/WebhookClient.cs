using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Webhooks;

/// <summary>Posts to one webhook, over connections of its own: what it may be reached at differs from others.</summary>
/// <remarks>No redirects, no proxy, no cookies; of an answer at most a few KB are read. Thread-safe.</remarks>
public sealed class WebhookClient : IDisposable
{
    /// <summary>The longest time for an answer, with the connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int MostOfAnswer = 4096, MostShown = 200;

    private readonly Webhook _webhook;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public WebhookClient(Webhook webhook, TimeProvider time)
    {
        (_webhook, _time) = (webhook, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 2,
            MaxResponseHeadersLength = 16,
            // A name may come to mean another address.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ConnectCallback = ConnectAsync,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Posts once.</summary>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    public async Task<WebhookAnswer> PostAsync(WebhookRequest request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            using HttpRequestMessage message = Message(request);
            using HttpResponseMessage answer =
                await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            return Read(answer, await StartOf(answer, limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new WebhookAnswer(WebhookOutcome.Failed, $"no answer within {Patience.TotalSeconds:0} s");
        }
        catch (UnusableWebhookException e)
        {
            return new WebhookAnswer(WebhookOutcome.Refused, e.Message);
        }
        catch (HttpRequestException e)
        {
            return Root(e) is UnusableWebhookException unusable
                ? new WebhookAnswer(WebhookOutcome.Refused, unusable.Message)
                : new WebhookAnswer(WebhookOutcome.Failed, $"no answer: {Printable.Of(Root(e).Message)}");
        }
        catch (IOException e)
        {
            // A file that is missing for a moment, as while secrets are changed, or a connection that broke in the body.
            return new WebhookAnswer(WebhookOutcome.Failed, Printable.Of(e.Message));
        }
    }

    public void Dispose() => _http.Dispose();

    private static Exception Root(Exception e) => e.InnerException is { } inner ? Root(inner) : e;

    private HttpRequestMessage Message(WebhookRequest request)
    {
        Uri uri = WebhookTarget.Address(_webhook);
        var address = new UriBuilder(uri) { UserName = "", Password = "" };
        if (request.Path.Length > 0) address.Path = address.Path.TrimEnd('/') + request.Path;
        var message = new HttpRequestMessage(HttpMethod.Post, address.Uri) { Content = new ByteArrayContent(request.Body) };
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        message.Headers.UserAgent.ParseAdd("driftstream");
        foreach ((string name, string value) in request.Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (WebhookTarget.Credentials(uri) is { } user)
        {
            string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Name}:{user.Password}"));
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);
        }

        if (_webhook.SecretFile is { } file)
        {
            byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookTarget.Secret(file, "secret")), request.Body);
            message.Headers.Add("x-driftstream-signature", "sha256=" + Convert.ToHexStringLower(signature));
        }

        return message;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel) =>
        await WebhookTarget.ConnectAsync(_webhook, context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);

    private static async Task<string> StartOf(HttpResponseMessage answer, CancellationToken cancel)
    {
        byte[] bytes = new byte[MostOfAnswer];
        Stream body = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            int read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            return Encoding.UTF8.GetString(bytes, 0, read);
        }
    }

    private WebhookAnswer Read(HttpResponseMessage answer, string body)
    {
        int status = (int)answer.StatusCode;
        string said = Printable.Of(body.Trim().ReplaceLineEndings(" "));
        string detail = $"{status} {answer.ReasonPhrase}{(said.Length == 0 ? "" : $": {said[..Math.Min(said.Length, MostShown)]}")}";
        if (answer.IsSuccessStatusCode) return new WebhookAnswer(WebhookOutcome.Taken, detail);
        if (status is >= 300 and < 400) return new WebhookAnswer(WebhookOutcome.Refused, $"{status} {answer.ReasonPhrase}: redirects are not followed");
        if (status is >= 400 and < 500 and not (408 or 425 or 429)) return new WebhookAnswer(WebhookOutcome.Refused, detail);
        TimeSpan? after = answer.Headers.RetryAfter switch
        {
            { Delta: { } wait } => wait,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };
        return new WebhookAnswer(WebhookOutcome.Failed, detail, after);
    }
}
