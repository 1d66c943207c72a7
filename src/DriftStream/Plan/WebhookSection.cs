using System.Collections.Immutable;
using System.Net.Mail;
using DriftStream.Alerts;
using DriftStream.Judging;

namespace DriftStream.Plan;

/// <summary>Reads <c>webhooks:</c> of an owner.</summary>
/// <remarks>Files are named, not read: the plan is a record that every worker runs, and what is secret stays on the machines that deliver.</remarks>
internal static class WebhookSection
{
    private const int Most = 20, LongestName = 64, MostReceivers = 50;

    /// <summary>The webhooks by name; null where there is none. One that cannot be used is reported and left out.</summary>
    public static ImmutableArray<Webhook>? Read(ConfigMap owner)
    {
        if (owner.List("webhooks") is not { } items) return null;
        if (items.Length > Most)
            owner.Findings.Error(owner.Find("webhooks")!, "too_many_webhooks", $"{owner.Of("webhooks")} has {items.Length} entries", $"at most {Most}");
        var webhooks = ImmutableSortedDictionary.CreateBuilder<string, Webhook>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], $"{owner.Of("webhooks")}[{i}]", owner.Findings);
            if (One(map) is not { } webhook) continue;
            if (!webhooks.TryAdd(webhook.Name, webhook))
                map.Findings.Error(map.Find("name")!, "duplicate_id", $"{map.Of("name")}: another webhook of the owner is called '{webhook.Name}'");
        }

        return webhooks.Count == 0 ? null : [.. webhooks.Values];
    }

    /// <summary>A format as the config spells it.</summary>
    public static string Format(WebhookFormat format) => format switch
    {
        WebhookFormat.Alertmanager => "alertmanager",
        WebhookFormat.CloudEvents => "cloudevents",
        WebhookFormat.Slack => "slack",
        WebhookFormat.Email => "email",
    };

    private static Webhook? One(ConfigMap map)
    {
        string? name = Name(map);
        ConfigNode? formatAt = map.Require("format", "alertmanager, cloudevents, slack or email");
        WebhookFormat format = map.Choice("format", WebhookFormat.CloudEvents,
            ("alertmanager", WebhookFormat.Alertmanager), ("cloudevents", WebhookFormat.CloudEvents), ("slack", WebhookFormat.Slack),
            ("email", WebhookFormat.Email));
        Severity severity = map.Choice("severity", Severity.Info,
            ("info", Severity.Info), ("warning", Severity.Warning), ("critical", Severity.Critical));
        ConfigNode? secretAt = map.Find("secret");
        string? secret = secretAt is null ? null : FilePath(new ConfigMap(secretAt, map.Of("secret"), map.Findings));
        bool insecure = map.Choice("insecure", false, ("true", true), ("false", false));
        bool allowPrivate = map.Choice("allow_private", false, ("true", true), ("false", false));
        ConfigNode? at = map.Require("url", "an address, or { file: PATH } of a file that has it");
        (string? url, string? file) = at is not { Kind: ConfigKind.Map } ? (at is null ? null : map.Values.Text(at, map.Of("url")), null)
            : ((string?)null, FilePath(new ConfigMap(at, map.Of("url"), map.Findings)));
        string? from = Mailbox(map, "from", 1, formatAt, format), to = Mailbox(map, "to", MostReceivers, formatAt, format);
        map.Close();
        if (secret is not null && formatAt is not null && format != WebhookFormat.CloudEvents)
        {
            map.Findings.Error(secretAt!, "secret_unused", $"{map.Of("secret")}: nothing is signed in the format {Format(format)}",
                "no secret, or format: cloudevents");
        }

        if (name is null || (url is null && file is null)) return null;
        var webhook = new Webhook(name, format, url, file, severity, secret, insecure, allowPrivate) { From = from, To = to };
        if (url is not null) Check(map, at!, webhook);
        return webhook;
    }

    private static string? Name(ConfigMap map)
    {
        if (map.Require("name", "a name among the owner's webhooks") is not { } at || map.Values.Text(at, map.Of("name")) is not { } name) return null;
        if (name.Length <= LongestName && OwnerSection.IsTopicText(name)) return name;
        map.Findings.Error(at, "bad_id", $"{map.Of("name")}: {at.Described} cannot name a webhook",
            $"letters, digits, '.', '_' and '-', at most {LongestName}");
        return null;
    }

    // A worker anywhere reads it: there is no folder that a path could be relative to.
    private static string? FilePath(ConfigMap map)
    {
        ConfigNode? at = map.Require("file", "the path of a file on the machines that deliver");
        map.Close();
        if (at is null || map.Values.Text(at, map.Of("file")) is not { } path) return null;
        if (Path.IsPathRooted(path)) return path;
        map.Findings.Error(at, "relative_path", $"{map.Of("file")}: {at.Described} is relative, and the plan is run by workers elsewhere", "/run/secrets/...");
        return null;
    }

    // Mail addresses, with commas between them.
    private static string? Mailbox(ConfigMap map, string key, int most, ConfigNode? formatAt, WebhookFormat format)
    {
        string expected = most == 1 ? "an address, as name@example.org" : $"at most {most} addresses, as \"a@example.org, b@example.org\"";
        if (format != WebhookFormat.Email)
        {
            if (map.Find(key) is { } unused && formatAt is not null)
                map.Findings.Error(unused, "unused", $"{map.Of(key)}: the format {Format(format)} sends no mail", $"no {key}, or format: email");
            return null;
        }

        if (map.Find(key) is not { } at)
        {
            map.Findings.Error(formatAt!, "no_mail_address", $"{map.Of(key)} is missing: mail has somebody it is from, and somebody it is for", expected);
            return null;
        }

        if (map.Values.Text(at, map.Of(key)) is not { } text) return null;
        var addresses = new MailAddressCollection();
        try
        {
            // It takes more than mail servers do: what breaks a line never belongs to an address.
            if (!text.Any(char.IsControl)) addresses.Add(text);
        }
        catch (FormatException)
        {
            addresses.Clear();
        }

        if (addresses.Count > 0 && addresses.Count <= most) return text;
        string what = most == 1 ? "a mail address" : "a list of mail addresses";
        map.Findings.Error(at, "bad_mail_address", $"{map.Of(key)}: {at.Described} is not {what}", expected);
        return null;
    }

    private static void Check(ConfigMap map, ConfigNode at, Webhook webhook)
    {
        if (Uri.TryCreate(webhook.Url, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length > 0)
            map.Findings.Error(at, Finding.SecretInText, $"{map.Of("url")} has a password in the text of the config", "url: { file: /run/secrets/... }");
        else if (webhook.WhyRefused(webhook.Url!) is { } why)
        {
            map.Findings.Error(at, "bad_address", $"{map.Of("url")} {why}",
                webhook.Format == WebhookFormat.Email ? "smtps://HOST or smtp://HOST" : "https://...; http:// to this machine, or with insecure: true");
        }
        else if (webhook.Format == WebhookFormat.Slack)
        {
            map.Findings.Warn(at, "secret_in_url", $"{map.Of("url")}: whoever knows the address of a Slack webhook may post to it",
                "url: { file: /run/secrets/... }");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ImmutableArray<Webhook> webhooks)
    {
        if (webhooks.IsEmpty) return;
        yaml.Open("webhooks");
        foreach (Webhook webhook in webhooks)
        {
            yaml.OpenItem();
            yaml.Text("name", webhook.Name);
            yaml.Line("format", Format(webhook.Format));
            yaml.Text("url", webhook.Url);
            if (webhook.UrlFile is { } url) yaml.Line("url", $"{{ file: {YamlText.Quoted(url)} }}");
            yaml.Line("severity", webhook.Severity.ToString().ToLowerInvariant());
            if (webhook.SecretFile is { } secret) yaml.Line("secret", $"{{ file: {YamlText.Quoted(secret)} }}");
            if (webhook.From is { } from) yaml.Text("from", from);
            if (webhook.To is { } to) yaml.Text("to", to);
            if (webhook.Insecure) yaml.Line("insecure", "true");
            if (webhook.AllowPrivate) yaml.Line("allow_private", "true");
            yaml.Close();
        }

        yaml.Close();
    }
}
