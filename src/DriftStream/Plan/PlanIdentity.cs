using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Judgements;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>
/// Names plans and rules by their content. Canonical text: compact JSON with its fields in a fixed order, owners and models by id,
/// numbers in their shortest form. What does not change a verdict or its address is left out: how the broker is reached, paces, paths.
/// </summary>
internal static class PlanIdentity
{
    /// <summary>The first 16 hexadecimal digits of the hash of everything but the id.</summary>
    public static string RuleId(Rule rule) => Hash(json => Write(json, rule with { Id = "" }))[..16];

    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static string PlanHash(DriftPlan plan) => "sha256:" + Hash(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("max_future", plan.Counting.MaxFuture);
        json.WriteStartArray("owners");
        foreach (Owner owner in plan.Owners.Values) Write(json, owner);
        json.WriteEndArray();
        json.WriteString("root_owner", plan.Root.Id);
        json.WriteStartArray("sources");
        foreach (SourceTopic source in plan.Counting.Sources.Values)
            Texts(json, source.Topic, source.Format.ToString(), source.Selector?.Header, source.Selector?.Column);
        json.WriteEndArray();
        json.WriteStartArray("models");
        foreach (ModelPlan model in plan.Models) Write(json, model);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, Owner owner)
    {
        json.WriteStartArray();
        foreach (string? text in (ReadOnlySpan<string?>)[owner.Id, owner.Name, owner.Contact, owner.EscalateTo])
            json.WriteStringValue(text);
        json.WriteNumberValue(owner.EscalateAfter);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ModelPlan model)
    {
        (CountedModel counting, ModelWindows windows, AlertSettings alerts) = (model.Counting, model.Windows, model.Alerts);
        json.WriteStartObject();
        json.WriteString("id", model.Id);
        json.WritePropertyName("sources");
        Texts(json, [.. windows.Topics]);
        json.WritePropertyName("columns");
        Texts(json, counting.TimeColumn, counting.IntegerTime?.ToString(), counting.Version.Column, counting.Version.Value,
            counting.Version.Header, counting.Decision?.Column, counting.Decision?.Positive,
            counting.Label?.Column, counting.Label?.Positive);
        if (counting.Paths is { IsEmpty: false } paths)
        {
            json.WritePropertyName("paths");
            Texts(json, [.. paths.SelectMany(p => (string[])[p.Key, p.Value.Text])]);
        }

        json.WriteString("baseline", model.Judgement.Baseline.Hash);
        json.WritePropertyName("signals");
        Texts(json, [.. counting.Signals.Select(s => s.Key)]);
        json.WriteNumber("allowed_lateness", windows.AllowedLateness);
        json.WriteStartArray("windows");
        foreach (WindowSettings window in windows.Windows) Write(json, window);
        json.WriteEndArray();
        json.WriteStartArray("rules");
        foreach (Rule rule in model.Judgement.Rules) Write(json, rule);
        json.WriteEndArray();
        json.WritePropertyName("alerts");
        Texts(json, alerts.Owner.Id, alerts.Purpose, alerts.Runbook);
        json.WritePropertyName("stakeholders");
        Texts(json, [.. alerts.Stakeholders.Select(o => o.Id)]);
        json.WritePropertyName("tags");
        Texts(json, [.. alerts.Tags]);
        Numbers(json, "fire", alerts.FireAfter, alerts.FireOf, alerts.ResolveAfter);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WindowSettings window)
    {
        json.WriteStartObject();
        json.WriteString("name", window.Name);
        Numbers(json, "shape", window.Size, window.Every, window.Offset, window.MinRows);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Rule rule)
    {
        Alarm alarm = rule.Alarm;
        json.WriteStartObject();
        json.WritePropertyName("rule");
        Texts(json, rule.Id, rule.Signal, rule.Group, rule.Statistic, rule.Convention, rule.Severity.ToString(), alarm.Kind.ToString());
        json.WriteNumber("value", alarm.Value);
        json.WriteNumber("min_effect", alarm.MinEffect);
        if (alarm.Confidence is { } confidence) json.WriteNumber("confidence", confidence);
        if (alarm.MinRows is { } rows) json.WriteNumber("min_rows", rows);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, params ReadOnlySpan<string?> texts)
    {
        json.WriteStartArray();
        foreach (string? text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static string Hash(Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text)) write(json);
        return Convert.ToHexStringLower(SHA256.HashData(text.WrittenSpan));
    }
}
