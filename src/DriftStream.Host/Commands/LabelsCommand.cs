using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream labels</c>: how far labels that come later have met their predictions.</summary>
internal static class LabelsCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var model = new Option<string?>("--model") { Description = "Only this one.", HelpName = "ID" };
        Option<bool> json = SharedOptions.Json("One model a line.");
        var command = new Command("labels", """
            How far labels that come in topics of their own have met their predictions: what became of both, and the share of predictions that have one, as the
            joiners told last, at most an engine.flush ago; and what was rejected of those topics before, as far back as the topic rejects goes.

            Example: driftstream labels -c driftstream.yaml
            """)
        {
            config, model, json,
        };
        command.SetAction(parsed =>
        {
            if (PlanFile.Load(parsed.GetValue(config)!, Console.Error) is not { } plan) return ExitCode.Usage;
            if (Refusal(plan, parsed.GetValue(model)) is { } why)
            {
                Console.Error.WriteLine(why);
                return ExitCode.Usage;
            }

            using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
            IReadOnlyList<LabelStand> stands = JoinStands.Read(plan, logs.CreateLogger("labels"), out KafkaFailure? failure);
            if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
            ILookup<string, LabelRejects> rejects = LabelRejects.Read(plan, logs.CreateLogger("labels"), out KafkaFailure? unknown);
            if (unknown is null) stands = [.. stands.Select(s => s with { Rejected = [.. rejects[s.Model]] })];
            else Console.Error.WriteLine($"what was rejected before the join is not known: {unknown.Detail}");
            foreach (LabelStand stand in stands.Where(s => parsed.GetValue(model) is not { } only || s.Model == only))
                Console.WriteLine(parsed.GetValue(json) ? Json(stand) : Text(stand));
            return ExitCode.Fine;
        });
        return command;
    }

    internal static string Text(LabelStand stand)
    {
        JoinFates f = stand.Fates;
        string horizon = stand.Horizon == EventTime.None ? "time has not moved in all of its topics" : $"up to {EventTime.Format(stand.Horizon)}";
        string coverage = f.Coverage is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1}%") : "unknown";
        return string.Create(CultureInfo.InvariantCulture, $"""
            {Printable.Of(stand.Model)}: coverage {coverage}, {horizon}
              predictions  {f.Predictions:N0}: {Listed(f.OfPredictions())}
              labels       {f.Labels:N0}: {Listed(f.OfLabels())}
            """) + string.Concat((stand.Rejected ?? []).Select(Rejected))
            + string.Concat(stand.Sources.Select(s => Source(s.Topic, s.Labels, stand.Sources.Length > 1))) + Overdue(f);
    }

    // How late the labels of a topic are and, where there are several, what became of its own.
    private static string Source(string topic, LabelSource of, bool isOneOfSeveral)
    {
        IEnumerable<string> within = Lags.Select(l => of.LagOf(l.Share) is { } lag ? $"{l.Words} within {Figures.Lag(lag)}" : "").Where(t => t.Length > 0);
        string lags = string.Join(", ", within);
        string fates = isOneOfSeveral ? string.Create(CultureInfo.InvariantCulture, $": {of.Labels:N0}, {Listed(of.Fates().Where(f => f.Rows > 0))}") : "";
        if (lags.Length == 0 && fates.Length == 0) return "";
        if (!isOneOfSeveral) return $"\n  lag          {lags}";
        return $"\n  of {Printable.Of(topic)}{fates}{(lags.Length == 0 ? "" : $"; {lags}")}";
    }

    // Joiners see none of these, so that they are in no other line.
    private static string Rejected(LabelRejects of)
    {
        long rows = of.Rows.Values.Sum();
        string reasons = string.Join(", ", of.Rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Value:N0} {Printable.Of(r.Key)}")));
        string counted = rows == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{rows:N0} {(rows == 1 ? "row" : "rows")} ({reasons})");
        string unread = of.Messages == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{of.Messages:N0} unreadable {(of.Messages == 1 ? "message" : "messages")}");
        return $"\n  rejected     {string.Join(", ", new[] { counted, unread }.Where(t => t.Length > 0))} of {Printable.Of(of.Topic)}, before the join";
    }

    private static readonly (double Share, string Name, string Words)[] Lags = [(0.5, "p50", "half"), (0.95, "p95", "95 %"), (0.99, "p99", "99 %")];

    private static string Overdue(JoinFates fates)
    {
        if (fates.OverdueLabels + fates.OverduePredictions == 0) return "";
        return string.Create(CultureInfo.InvariantCulture, $"""

              overdue      {fates.OverdueLabels:N0} labels (of the orphans), {fates.OverduePredictions:N0} predictions (of the unlabelled)
                           They came when time had gone on without them. Of a history, bring both into their topics
                           before the worker starts, or make time.idle_after longer than the gap.
            """);
    }

    private static string Listed(IEnumerable<(string Fate, long Rows)> fates) =>
        string.Join(", ", fates.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Rows:N0} {f.Fate}")));

    internal static string Json(LabelStand stand)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            JoinFates f = stand.Fates;
            json.WriteStartObject();
            json.WriteString("model", stand.Model);
            json.WriteNumber("predictions", f.Predictions);
            foreach ((string fate, long rows) in f.OfPredictions()) json.WriteNumber(fate, rows);
            json.WriteNumber("labels", f.Labels);
            // Those that are matched are as many as the predictions that are.
            foreach ((string fate, long rows) in f.OfLabels().Where(l => l.Fate != "matched"))
                json.WriteNumber(fate is "duplicate" or "unjoined" ? $"{fate}_labels" : fate, rows);
            json.WriteNumber("settled", f.Settled);
            json.WriteNumber("overdue", f.OverduePredictions);
            json.WriteNumber("overdue_labels", f.OverdueLabels);
            if (f.Coverage is { } coverage) json.WriteNumber("coverage", coverage);
            else json.WriteNull("coverage");
            if (stand.Horizon == EventTime.None) json.WriteNull("upto");
            else json.WriteString("upto", EventTime.Format(stand.Horizon));
            json.WriteStartArray("sources");
            foreach ((string topic, LabelSource source) in stand.Sources)
            {
                json.WriteStartObject();
                json.WriteString("topic", topic);
                json.WriteNumber("labels", source.Labels);
                foreach ((string fate, long rows) in source.Fates()) json.WriteNumber(fate, rows);
                json.WriteStartObject("lag_seconds");
                foreach ((double share, string name, _) in Lags)
                {
                    if (source.LagOf(share) is { } lag) json.WriteNumber(name, lag.Microseconds / EventTime.Second);
                    else json.WriteNull(name);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteRejected(stand.Rejected, json);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteRejected(ImmutableArray<LabelRejects>? rejected, Utf8JsonWriter json)
    {
        if (rejected is not { } all)
        {
            json.WriteNull("rejected");
            return;
        }

        json.WriteStartArray("rejected");
        foreach (LabelRejects of in all)
        {
            json.WriteStartObject();
            json.WriteString("topic", of.Topic);
            json.WriteNumber("rows", of.Rows.Values.Sum());
            json.WriteNumber("unreadable_messages", of.Messages);
            json.WriteStartObject("reasons");
            foreach ((string reason, long rows) in of.Rows) json.WriteNumber(reason, rows);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string? Refusal(DriftPlan plan, string? model)
    {
        string[] later = [.. plan.Models.Where(m => m.Labels is not null).Select(m => m.Id)];
        if (later.Length == 0) return "no model has labels that come later: a source with provides: [label], and labels: { within: 30d }, make them";
        return model is null || later.Contains(model) ? null : $"'{model}' has no labels that come later; these have: {string.Join(", ", later)}";
    }
}
