using System.CommandLine;
using System.Text.Json;
using DriftStream.Host.Answering;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Reading;
using DriftStream.Host.Terminal;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream episodes</c>: what is open, and who has to answer by when.</summary>
internal static class EpisodesCommand
{
    public static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var owner = new Option<string?>("--owner") { Description = "Only what this owner is told of.", HelpName = "ID" };
        var all = new Option<bool>("--all") { Description = "Ended ones too." };
        Option<bool> json = SharedOptions.Json(
            "One document a line: episode, model, owner, to, status, severity, since, respond_by, revision, acknowledged, decision, symptoms.");
        var command = new Command("episodes", """
            Lists the open episodes: what is firing and when somebody has to answer, what is acknowledged or silenced; which symptoms have ended since they
            were told; what is at stake, and what is recommended.

            Example: driftstream episodes -c driftstream.yaml --owner labour-insights
            """)
        {
            config, owner, all, json,
        };
        command.SetAction((parsed, cancel) => Task.Run(
            () => Run(parsed.GetValue(config)!, parsed.GetValue(owner), parsed.GetValue(all), parsed.GetValue(json), cancel), cancel));
        return command;
    }

    private static int Run(string config, string? owner, bool all, bool json, CancellationToken cancel)
    {
        if (AnswerOptions.Load(config, owner) is not { } plan) return ExitCode.Usage;
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
        string[] owners = owner is null ? [.. plan.Owners.Keys] : [owner];
        IReadOnlyList<ToldEpisode> read = OpenEpisodes.Read(plan, owners, Console.Error, logs.CreateLogger("episodes"), out KafkaFailure? failure, cancel);
        if (failure is not null) return BrokerFailure.Report(plan.Kafka, failure, Console.Error);
        read = EpisodesNow.Of(plan, read, Console.Error, logs.CreateLogger("episodes"), cancel);
        // What has to be answered first comes first.
        ToldEpisode[] shown =
        [
            .. read.Where(e => all || (e.IsOpen && !(owner is not null && e.IsHandedOver(owner))))
                .OrderBy(e => e.Status != "firing").ThenBy(e => e.RespondBy ?? EventTime.Never),
        ];
        EventTime now = EventTime.From(DateTime.UtcNow);
        foreach (ToldEpisode episode in shown) Console.WriteLine(json ? Json(episode) : Text(episode, owner, now, Ink.ForOutput));
        if (shown.Length == 0) Console.Error.WriteLine(all ? "no episodes" : "no open episodes");
        return ExitCode.Fine;
    }

    private static string Text(ToldEpisode episode, string? reader, EventTime now, Ink ink)
    {
        bool isHandedOver = reader is not null && episode.IsHandedOver(reader);
        string status = episode.Status switch
        {
            _ when isHandedOver => "handed over ",
            "firing" => ink.Bad("FIRING      "),
            "resolved" => ink.Good("resolved    "),
            var other => ink.Doubtful($"{other,-12}"),
        };
        string due = episode is { Status: "firing", RespondBy: { } by } && !isHandedOver
            ? by < now ? ink.Bad($", overdue since {EventTime.Format(by)}") : $", answer by {EventTime.Format(by)}"
            : "";
        string id = episode.Id[..Math.Min(12, episode.Id.Length)];
        return $"{id}  {status}  {episode.Severity,-8}  {ink.Strong(Printable.Of(episode.Model))}  {episode.Summary}\n"
            + $"              owner {Printable.Of(episode.Owner)}, revision {episode.Revision}{due}"
            + string.Concat(About(episode, ink).Select(line => $"\n              {line}"));
    }

    // What the rows are worth, and what is recommended.
    private static IEnumerable<string> About(ToldEpisode episode, Ink ink)
    {
        if (episode.Ended is { } ended) yield return ended;
        string[] others = [.. episode.To.Where(o => o != episode.Owner)];
        if (others.Length > 0) yield return $"told to {Printable.Of(string.Join(", ", others))} too";
        if (episode.Acknowledged is { } acknowledged) yield return $"acknowledged by {acknowledged}";
        if (episode.Decision is { } decision) yield return $"decided by {decision}";
        if (RecordText.AtStake(episode.Alert) is { } stake) yield return stake;
        foreach (JsonElement action in episode.Actions)
        {
            if (RecordText.Action(action, ink) is { } recommended) yield return recommended;
        }
    }

    private static string Json(ToldEpisode episode)
    {
        JsonElement alert = episode.Alert;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (string name in (string[])["episode", "model"]) Copy(name);
            json.WriteString("owner", episode.Owner);
            foreach (string name in (string[])["status", "severity", "severity_told", "since", "told", "respond_by", "next", "revision", "summary"]) Copy(name);
            foreach (string name in (string[])["acknowledged", "to", "decision", "at_stake", "actions"]) Copy(name);
            json.WriteStartArray("symptoms");
            if (alert.TryGetProperty("symptoms", out JsonElement symptoms))
            {
                foreach (JsonElement symptom in symptoms.EnumerateArray()) WriteSymptom(symptom, json);
            }

            json.WriteEndArray();
            json.WriteEndObject();

            void Copy(string name)
            {
                if (!alert.TryGetProperty(name, out JsonElement value)) return;
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteSymptom(JsonElement symptom, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (string name in (string[])["signal", "group", "version", "status", "severity"])
        {
            if (!symptom.TryGetProperty(name, out JsonElement value)) continue;
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
