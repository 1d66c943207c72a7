using System.Text;
using System.Text.Json;
using DriftStream.Host.Kafka;

namespace DriftStream.Host.Webhooks;

/// <summary>One alert as a request, in the formats that say each alert once.</summary>
internal static class AlertPosts
{
    private const string Prefix = "ce_";

    /// <summary>A CloudEvent in binary HTTP mode: the record's bytes, and its attributes as headers.</summary>
    public static WebhookRequest CloudEvent(LogRecord record)
    {
        var attributes = new List<KeyValuePair<string, string>>();
        foreach (var header in record.Headers)
        {
            if (header.Key.StartsWith(Prefix, StringComparison.Ordinal) && header.GetValueBytes() is { } value)
                attributes.Add(new("ce-" + header.Key[Prefix.Length..], Encoded(value)));
        }

        return new WebhookRequest("", record.Value!, "application/json", attributes);
    }

    /// <summary>What Slack's incoming webhooks take.</summary>
    public static WebhookRequest Slack(AlertView alert)
    {
        var text = new StringBuilder($"*{alert.Severity.ToString().ToLowerInvariant()}, {Escaped(alert.Status)}: {Escaped(alert.Model)}*\n");
        text.Append(Escaped(alert.Summary));
        if (alert.RespondBy is { } by && alert.Status == "firing") text.Append($"\nto be answered by {Escaped(by)}");
        if (alert.AtStake is { } stake) text.Append($"\nat stake: {Escaped(stake)}");
        foreach (string action in alert.Actions) text.Append($"\nrecommended: {Escaped(action)}");
        if (alert.Acknowledged is { } acknowledged) text.Append($"\nacknowledged by {Escaped(acknowledged)}");
        if (alert.Decision is { } decision) text.Append($"\ndecided by {Escaped(decision)}");
        if (alert.Runbook is { } runbook) text.Append($"\n{Escaped(runbook)}");
        if (alert.Link is { } link) text.Append($"\n{Escaped(link)}");
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["text"] = text.ToString() });
        return new WebhookRequest("", body, "application/json", []);
    }

    // Slack reads these three as markup, wherever they stand.
    private static string Escaped(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    // CloudEvents 1.0, HTTP binding 3.1.3.2: what is not printable ASCII, blanks, quotes and percent signs are percent-encoded.
    private static string Encoded(byte[] value)
    {
        var text = new StringBuilder(value.Length);
        foreach (byte b in value)
        {
            if (b is > 0x20 and < 0x7F and not ((byte)'"' or (byte)'%')) text.Append((char)b);
            else text.Append($"%{b:X2}");
        }

        return text.ToString();
    }
}
