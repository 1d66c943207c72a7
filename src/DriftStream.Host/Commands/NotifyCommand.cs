using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using DriftStream.Alerts;
using DriftStream.Host.Kafka;
using DriftStream.Host.Terminal;
using DriftStream.Host.Webhooks;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream notify --test</c>: whether an owner's webhooks take what they would be sent.</summary>
internal static class NotifyCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var owner = new Option<string>("--owner") { Description = "Whose webhooks.", Required = true, HelpName = "ID" };
        var webhook = new Option<string?>("--webhook") { Description = "Only this one.", HelpName = "NAME" };
        var test = new Option<bool>("--test") { Description = "Send a test alert; it says that it is one. Required." };
        var command = new Command("notify", """
            Sends a test alert to the webhooks of an owner, from this machine, and says what each answered. Kafka is not needed.

            Example: driftstream notify -c driftstream.yaml --owner labour-insights --test
            """)
        {
            config, owner, webhook, test,
        };
        command.Validators.Add(parsed =>
        {
            if (!parsed.GetValue(test)) parsed.AddError("it sends test alerts only: give --test");
        });
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(config)!, parsed.GetValue(owner)!, parsed.GetValue(webhook), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string config, string owner, string? only, CancellationToken cancel)
    {
        if (PlanFile.Load(config, Console.Error) is not { } plan) return ExitCode.Usage;
        if (!plan.Owners.TryGetValue(owner, out Owner? told))
        {
            Console.Error.WriteLine($"there is no owner '{Printable.Of(owner)}'; the configuration has {string.Join(", ", plan.Owners.Keys)}");
            return ExitCode.Usage;
        }

        Webhook[] webhooks = [.. told.Webhooks.Where(w => only is null || w.Name == only)];
        if (webhooks.Length == 0)
        {
            Console.Error.WriteLine(told.Webhooks.IsEmpty ? $"owner '{owner}' has no webhooks"
                : $"owner '{owner}' has no webhook '{Printable.Of(only)}'; it has {string.Join(", ", told.Webhooks.Select(w => w.Name))}");
            return ExitCode.Usage;
        }

        (Webhook Webhook, WebhookAnswer Answer)[] answers =
            await Task.WhenAll(webhooks.Select(async w => (w, await TryAsync(w, told, cancel).ConfigureAwait(false)))).ConfigureAwait(false);
        foreach ((Webhook webhook, WebhookAnswer answer) in answers)
        {
            string word = answer.Outcome == WebhookOutcome.Taken ? "taken" : "NOT taken";
            Console.Out.WriteLine($"{webhook.Name} ({webhook.Format.ToString().ToLowerInvariant()}, {Place(webhook)}): {word}: {answer.Detail}");
        }

        return answers.All(a => a.Answer.Outcome == WebhookOutcome.Taken) ? ExitCode.Fine : ExitCode.BadNews;
    }

    // Paths and names in an address may be secrets: Slack's are.
    private static string Place(Webhook webhook) => webhook.UrlFile is { } file ? $"the address in {file}"
        : Uri.TryCreate(webhook.Url, UriKind.Absolute, out Uri? address) ? address.Authority : "no address";

    private static async Task<WebhookAnswer> TryAsync(Webhook webhook, Owner owner, CancellationToken cancel)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string id = "test-" + Guid.NewGuid().ToString("N");
        var alert = new AlertView(id, id, "firing", webhook.Severity, "test", owner.Id, "A test of driftstream: nothing is wrong", now);
        if (webhook.Format == WebhookFormat.Email) return await new MailClient(webhook, TimeProvider.System).SendAsync(alert, cancel).ConfigureAwait(false);
        using var client = new WebhookClient(webhook, TimeProvider.System);
        return await client.PostAsync(Request(webhook, owner, alert, now), cancel).ConfigureAwait(false);
    }

    private static WebhookRequest Request(Webhook webhook, Owner owner, AlertView alert, DateTimeOffset now)
    {
        string id = alert.Id, time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (webhook.Format == WebhookFormat.Alertmanager) return AlertmanagerEpisodes.Request([(alert, now, false)], now);
        if (webhook.Format == WebhookFormat.Slack) return AlertPosts.Slack(alert);
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["id"] = id,
            ["episode"] = id,
            ["status"] = alert.Status,
            ["severity"] = alert.Severity.ToString().ToLowerInvariant(),
            ["owner"] = new Dictionary<string, string> { ["id"] = owner.Id, ["name"] = owner.Name, ["contact"] = owner.Contact },
            ["model"] = alert.Model,
            ["summary"] = alert.Summary,
            ["told"] = time,
        });
        return AlertPosts.CloudEvent(new LogRecord("", 0, 0, default, null, value, new Headers
        {
            { "ce_specversion", "1.0"u8.ToArray() },
            { "ce_id", System.Text.Encoding.UTF8.GetBytes(id) },
            { "ce_type", "io.driftstream.test"u8.ToArray() },
            { "ce_source", "driftstream/test"u8.ToArray() },
            { "ce_time", System.Text.Encoding.UTF8.GetBytes(time) },
        }));
    }
}
