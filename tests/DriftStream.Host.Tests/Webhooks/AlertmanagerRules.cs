using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace DriftStream.Host.Tests.Webhooks;

/// <summary>One alert as Alertmanager keeps it.</summary>
internal sealed record PostedAlert(
    IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, DateTimeOffset Starts, DateTimeOffset Ends)
{
    public string Severity => Labels["severity"];
}

/// <summary>
/// What a body of <c>POST /api/v2/alerts</c> must be, by Alertmanager's OpenAPI document and <c>Alert.Validate</c> of its package types, written again.
/// </summary>
internal static partial class AlertmanagerRules
{
    public static PostedAlert[] Read(ReadOnlyMemory<byte> body)
    {
        JsonElement list = JsonDocument.Parse(body).RootElement;
        Assert.Equal(JsonValueKind.Array, list.ValueKind);
        return [.. list.EnumerateArray().Select(Read)];
    }

    private static PostedAlert Read(JsonElement alert)
    {
        Assert.Empty(alert.EnumerateObject().Select(p => p.Name).Except(["labels", "annotations", "startsAt", "endsAt", "generatorURL"]));
        var read = new PostedAlert(Texts(alert.GetProperty("labels")), Texts(alert.GetProperty("annotations")), Time(alert, "startsAt"), Time(alert, "endsAt"));
        Assert.NotEmpty(read.Labels);
        Assert.All(read.Labels.Values, v => Assert.NotEqual("", v));
        Assert.True(read.Ends >= read.Starts, $"{read}");
        return read;
    }

    private static DateTimeOffset Time(JsonElement alert, string name)
    {
        string text = alert.GetProperty(name).GetString()!;
        Assert.Matches(Rfc3339(), text);
        return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
    }

    private static Dictionary<string, string> Texts(JsonElement map)
    {
        var texts = map.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
        Assert.All(texts.Keys, k => Assert.Matches(Name(), k));
        return texts;
    }

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")]
    private static partial Regex Rfc3339();
}
