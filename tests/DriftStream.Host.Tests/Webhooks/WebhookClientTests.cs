using System.Net;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Webhooks;
using DriftStream.Judging;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

public sealed class WebhookClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-webhook-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CloudEvent_HasTheRecordsBytes_ItsAttributes_AndASignatureOfTheBody()
    {
        using var receiver = new Receiver();
        byte[] body = "{\"a\": \"ä\"}"u8.ToArray();
        WebhookRequest request = AlertPosts.CloudEvent(new LogRecord("t", 0, 0, default, null, body, new Headers
        {
            { "ce_id", "x1"u8.ToArray() }, { "ce_source", Encoding.UTF8.GetBytes("driftstream/ä b%") }, { "content-type", "application/json"u8.ToArray() },
        }));
        string secret = Write("secret", "key\n");
        Assert.Equal(WebhookOutcome.Taken, (await Post(At(receiver) with { SecretFile = secret }, request)).Outcome);

        Received got = Assert.Single(receiver.All);
        Assert.Equal(body, got.Body);
        Assert.Equal(("x1", "driftstream/%C3%A4%20b%25", "application/json"), (got.Headers["ce-id"], got.Headers["ce-source"], got.Headers["Content-Type"]));
        Assert.Equal($"sha256={Convert.ToHexStringLower(HMACSHA256.HashData("key"u8, body))}", got.Headers["x-driftstream-signature"]);
    }

    [Theory]
    [InlineData(200, WebhookOutcome.Taken)]
    [InlineData(202, WebhookOutcome.Taken)]
    [InlineData(301, WebhookOutcome.Refused)]
    [InlineData(307, WebhookOutcome.Refused)]
    [InlineData(400, WebhookOutcome.Refused)]
    [InlineData(404, WebhookOutcome.Refused)]
    [InlineData(408, WebhookOutcome.Failed)]
    [InlineData(425, WebhookOutcome.Failed)]
    [InlineData(429, WebhookOutcome.Failed)]
    [InlineData(500, WebhookOutcome.Failed)]
    [InlineData(503, WebhookOutcome.Failed)]
    public async Task Status_IsTakenRefusedOrTriedAgain(int status, WebhookOutcome expected)
    {
        using var elsewhere = new Receiver();
        using var receiver = new Receiver(_ => Receiver.Error(status, $"Location: {elsewhere.Url}\r\nRetry-After: 7\r\n"));
        WebhookAnswer answer = await Post(At(receiver));
        Assert.Equal(expected, answer.Outcome);
        Assert.Equal(expected == WebhookOutcome.Failed ? TimeSpan.FromSeconds(7) : null, answer.After);
        Assert.Empty(elsewhere.All);
        Assert.Contains($"{status}", answer.Detail);
    }

    [Fact]
    public async Task ConnectionThatIsClosed_OrRefused_IsTriedAgain()
    {
        using var receiver = new Receiver(_ => "");
        Assert.Equal(WebhookOutcome.Failed, (await Post(At(receiver))).Outcome);
        Assert.Equal(WebhookOutcome.Failed, (await Post(At(receiver) with { Url = "http://127.0.0.1:1" })).Outcome);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task AddressThatIsNotPublic_IsRefused_UnlessAllowed(string host)
    {
        using var receiver = new Receiver();
        Webhook webhook = At(receiver) with { Url = receiver.Url.Replace("127.0.0.1", host, StringComparison.Ordinal), AllowPrivate = false, Insecure = true };
        WebhookAnswer answer = await Post(webhook);
        Assert.Equal(WebhookOutcome.Refused, answer.Outcome);
        Assert.Contains("allow_private", answer.Detail);
        Assert.Empty(receiver.All);
    }

    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946", true)]
    [InlineData("64:ff9b::8.8.8.8", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)] // metadata of most clouds
    [InlineData("168.63.129.16", false)] // of Azure
    [InlineData("100.100.100.200", false)] // of Alibaba
    [InlineData("fd00:ec2::254", false)] // of AWS
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("2002:0a00:0001::", false)]
    public void Addresses_ThatArePublic(string address, bool expected) => Assert.Equal(expected, PublicAddresses.Has(IPAddress.Parse(address)));

    [Fact]
    public async Task AddressInAFile_IsReadEachTime_AndNeverTold()
    {
        using var receiver = new Receiver();
        string file = Write("url", "ftp://token-1/x");
        Webhook webhook = At(receiver) with { Url = null, UrlFile = file };
        WebhookAnswer wrong = await Post(webhook);
        Assert.Equal(WebhookOutcome.Refused, wrong.Outcome);
        Assert.DoesNotContain("token-1", wrong.Detail);
        Write("url", "http://hooks.example.org/token-1");
        Assert.Contains("in the clear", (await Post(webhook)).Detail);
        Write("url", receiver.Url.Replace("//", "//me:p%40ss@", StringComparison.Ordinal) + "/a/\n");
        Assert.Equal(WebhookOutcome.Taken, (await Post(webhook, new WebhookRequest("/api/v2/alerts", [], "application/json", []))).Outcome);
        Received got = Assert.Single(receiver.All);
        Assert.Equal(("/a/api/v2/alerts", "Basic " + Convert.ToBase64String("me:p@ss"u8)), (got.Path, got.Headers["Authorization"]));
        Assert.Equal(WebhookOutcome.Failed, (await Post(webhook with { UrlFile = file + "none" })).Outcome);
    }

    [Fact]
    public void RetryPace_DoublesToFiveMinutes_AndKeepsWhatIsAskedFor()
    {
        Assert.Equal([1, 2, 4, 8, 256, 300, 300], ((int[])[1, 2, 3, 4, 9, 10, 1000]).Select(n => (int)RetryPace.After(n, null, 0.5).TotalSeconds));
        Assert.Equal((0.75, 1.25), (RetryPace.After(1, null, 0).TotalSeconds, RetryPace.After(1, null, 1).TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(60), RetryPace.After(1, TimeSpan.FromSeconds(60), 0.5));
        Assert.Equal(TimeSpan.FromSeconds(8), RetryPace.After(4, TimeSpan.FromSeconds(1), 0.5));
        Assert.Equal(24, (int)RetryPace.After(1, TimeSpan.FromDays(900), 0.5).TotalHours);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static Webhook At(Receiver receiver, WebhookFormat format = WebhookFormat.CloudEvents) =>
        new("w", format, receiver.Url, null, Severity.Info, null, Insecure: false, AllowPrivate: true);

    private static async Task<WebhookAnswer> Post(Webhook webhook, WebhookRequest? request = null)
    {
        using var client = new WebhookClient(webhook, TimeProvider.System);
        return await client.PostAsync(request ?? new WebhookRequest("", "{}"u8.ToArray(), "application/json", []), Cancel);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
