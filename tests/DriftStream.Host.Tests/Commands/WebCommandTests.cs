using System.Net;
using System.Text.RegularExpressions;
using DriftStream.Host.Tests.Web;
using DriftStream.Host.Tests.Worker;
using Xunit;

namespace DriftStream.Host.Tests.Commands;

/// <summary>What <c>check</c> and <c>run</c> say of <c>web</c>, and where a worker listens.</summary>
public sealed class WebCommandTests : IDisposable
{
    private readonly Certificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Check_LooksAtTheCertificate_WhereItIs()
    {
        Configure("listen: \"0.0.0.0:8443\", read: token, token: { file: token }, certificate: { file: cert.pem, key: key.pem }");
        CliResult missing = Cli.Run("check", _files.Config);
        Assert.Equal(0, missing.Code);
        Assert.Contains("warning web.certificate.file", missing.Output, StringComparison.Ordinal);
        Assert.Contains("cert.pem is not there (certificate)", missing.Output, StringComparison.Ordinal);
        // At its place in the file.
        string[] lines = File.ReadAllLines(_files.Config);
        int line = Array.FindIndex(lines, l => l.StartsWith("web:", StringComparison.Ordinal)) + 1;
        int column = lines[line - 1].IndexOf("{ file: cert.pem", StringComparison.Ordinal) + 1;
        Assert.Contains($"{_files.Config}:{line}:{column}: ", missing.Output, StringComparison.Ordinal);

        _files.Write("good");
        CliResult good = Cli.Run("check", _files.Config);
        Assert.Equal(0, good.Code);
        Assert.DoesNotContain("certificate", good.Output, StringComparison.Ordinal);

        _files.Write("old", to: DateTimeOffset.UtcNow.AddDays(-3));
        CliResult old = Cli.Run("check", "--json", _files.Config);
        Assert.Equal((1, 1), (old.Code, old.Json.GetProperty("errors").GetInt32()));
        Assert.Contains("has expired", old.Output, StringComparison.Ordinal);

        _files.Text("key.pem", "no key");
        CliResult broken = Cli.Run("check", _files.Config);
        Assert.Equal(1, broken.Code);
        Assert.Contains("key.pem holds no private key", broken.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listen: \"0.0.0.0:9464\", read: token, token: { file: token }", true)]
    [InlineData("listen: \"127.0.0.1:9464\", read: token, token: { file: token }", false)]
    [InlineData("listen: \"0.0.0.0:9464\", read: token, token: { file: token }, proxies: [10.1.2.3]", false)]
    public void Check_WarnsOfATokenThatEverybodyReads(string web, bool warns)
    {
        Configure(web);
        CliResult check = Cli.Run("check", _files.Config);
        Assert.Equal(0, check.Code);
        Assert.Equal(warns, check.Output.Contains("(token_in_clear)", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WithoutItsCertificate_SaysWhichFileIsMissing()
    {
        Configure("listen: \"127.0.0.1:0\", certificate: { file: nosuch.pem, key: key.pem }");
        CliResult run = Cli.Run("run", "-c", _files.Config, "--role", "web");
        Assert.Equal(3, run.Code);
        Assert.Contains($"web.certificate.file: {Path.Combine(_files.Folder, "nosuch.pem")} is not there", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>By the configuration, and by options that go before it.</summary>
    [Theory]
    [InlineData("listen: \"127.0.0.1:0\", metrics: { listen: \"127.0.0.1:0\" }", "")]
    [InlineData("listen: \"127.0.0.1:1\"", "--listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0")]
    [InlineData("listen: \"127.0.0.1:0\", metrics: { listen: \"127.0.0.1:1\" }", "--metrics-listen none")]
    [InlineData("listen: \"127.0.0.1:0\", metrics: { listen: \"127.0.0.1:0\" }", "--listen none")]
    public async Task Run_HasMetricsAtAPortOfTheirOwn(string web, string options)
    {
        Configure(web);
        bool alone = !options.Contains("--metrics-listen none", StringComparison.Ordinal);
        bool pages = !options.Contains("--listen none", StringComparison.Ordinal) || !alone;
        using WorkerProcess worker = WorkerProcess.Run(_files.Config, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Uri machines = await At("health and metrics at ");
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, await Status(machines, "/livez"));
        Assert.Equal(alone || !pages ? HttpStatusCode.NotFound : HttpStatusCode.OK, await Status(machines, "/"));
        if (alone && pages)
        {
            Uri people = await At("pages at ");
            Assert.Equal(HttpStatusCode.NotFound, await Status(people, "/metrics"));
            Assert.Equal(HttpStatusCode.OK, await Status(people, "/"));
        }

        Assert.Equal(0, worker.Stop());

        async Task<HttpStatusCode> Status(Uri at, string path) => (await client.GetAsync(new Uri(at, path), TestContext.Current.CancellationToken)).StatusCode;

        async Task<Uri> At(string said)
        {
            for (int i = 0; i < 600; i++)
            {
                if (Regex.Match(worker.Output, Regex.Escape(said) + @"(http://[0-9.:]+)") is { Success: true } found) return new Uri(found.Groups[1].Value);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            throw new InvalidOperationException(worker.Output);
        }
    }

    private void Configure(string web)
    {
        File.WriteAllText(_files.Config, File.ReadAllText(Cli.Sample("driftstream.yaml"))
            .Replace("data: ", $"data: {Path.GetDirectoryName(Cli.Sample("x"))}/", StringComparison.Ordinal)
            .Replace("bootstrap: localhost:9092", "bootstrap: localhost:1", StringComparison.Ordinal) + $"\nweb: {{ {web} }}\n");
        _files.Text("token", "0123456789abcdef");
    }
}
