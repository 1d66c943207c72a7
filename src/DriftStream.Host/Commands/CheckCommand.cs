using System.Buffers;
using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Host.Web;
using DriftStream.Judging;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream check</c>: everything that is wrong with a configuration, said at once.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Configuration files.", Arity = ArgumentArity.OneOrMore };
        // Any number of files may be given, so a misspelt option would be taken for one of them.
        files.Validators.Add(r =>
        {
            foreach (string option in r.Tokens.Select(t => t.Value).Where(t => t.StartsWith("--", StringComparison.Ordinal)))
                r.AddError($"unknown option {option}");
        });
        Option<bool> json = SharedOptions.Json("One document: {files: [{file, plan, baselines, findings, ...}], errors, warnings}.");
        var show = new Option<bool>("--show") { Description = "Print the configuration with every default written out." };
        var broker = new Option<bool>("--broker") { Description = "Also compare the broker's topics with what is needed, and count source partitions." };
        var command = new Command("check", """
            Says every error and warning of a configuration with its line, what was expected, and a hint; loads the baselines and
            compares them with the hashes that are pinned; estimates how many entries the open windows will hold. Needs no broker.
            Exit code 1 when there are errors.

            Example: driftstream check driftstream.yaml
            """)
        {
            files, json, show, broker,
        };
        command.SetAction(parsed => Run(parsed.GetValue(files)!, parsed.GetValue(json), parsed.GetValue(show), parsed.GetValue(broker)));
        return command;
    }

    private static int Run(string[] files, bool json, bool show, bool broker)
    {
        Checked[] results = [.. files.Select(f => Check(f, broker))];
        if (json)
        {
            Console.WriteLine(Json(results, show));
        }
        else
        {
            // With --show, stdout is a configuration, to be kept in a file.
            TextWriter report = show ? Console.Error : Console.Out;
            foreach (Checked result in results) Print(result, report, show);
            report.WriteLine($"{Count(results.Sum(r => r.Errors), "error")}, {Count(results.Sum(r => r.Warnings), "warning")}");
        }

        Checked[] alone = [.. results.Where(r => r.BrokerFailure is not null)];
        foreach (Checked result in alone) Console.Error.WriteLine($"{result.File}: {Printable.Of(result.BrokerFailure)}");
        if (results.Any(r => r.Result.Findings.Any(f => f.Code == PlanFile.Unreadable))) return ExitCode.Usage;
        return results.Any(r => r.Errors > 0) ? ExitCode.BadNews : alone.Length > 0 ? ExitCode.World : ExitCode.Fine;
    }

    private static Checked Check(string file, bool broker)
    {
        PlanResult result = PlanFile.Read(file);
        if (!broker || result.Plan is not { } plan) return new Checked(file, result, [], null);
        using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Critical, json: false);
        ImmutableArray<TopicFinding> topics = TopicCheck.Run(plan, apply: false, logs.CreateLogger("check"), out KafkaFailure? failure);
        return new Checked(file, result, topics, failure is null ? null : failure.Detail + BrokerFailure.Hint(failure));
    }

    private static void Print(Checked check, TextWriter report, bool show)
    {
        PlanFile.Write(check.Findings, report);
        foreach (TopicFinding topic in check.BadTopics)
            report.WriteLine($"{check.File}: error topic {topic.Topic}: {topic.State.ToString().ToLowerInvariant()}: {Printable.Of(topic.Detail)}");
        foreach (TopicFinding topic in check.Warned) report.WriteLine($"{check.File}: warning topic {topic.Topic}: {Printable.Of(topic.Warning)}");
        if (show && check.Result.Effective is { } effective) Console.Write(effective);
        if (show || check.Result.Plan is null) return;
        foreach (ModelPlan model in check.Result.Plan.Models)
        {
            foreach (SliceSummary slices in SliceSummary.Of(model.Judgement.Baseline)) report.WriteLine($"{check.File}: {model.Id}: {slices}");
            if (model.Learn is not { } learn) continue;
            report.WriteLine($"{check.File}: '{Printable.Of(model.Id)}' learns its baseline from the first {Quantity.Duration(learn.First)} of its rows; "
                + "its windows are unjudged until then, and what it has not learned yet is not checked here");
        }

        report.WriteLine($"{check.File}: open windows hold about {check.Entries:N0} entries "
            + (check.KnowsPartitions ? "(signals x panes x source partitions)" : "for each source partition that brings rows (signals x panes)"));
    }

    private static string Json(Checked[] results, bool show)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("files");
            foreach (Checked result in results) Write(json, result, show);
            json.WriteEndArray();
            json.WriteNumber("errors", results.Sum(r => r.Errors));
            json.WriteNumber("warnings", results.Sum(r => r.Warnings));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Checked check, bool show)
    {
        json.WriteStartObject();
        json.WriteString("file", check.File);
        json.WriteString("plan", check.Result.Plan?.Hash);
        json.WriteStartArray("baselines");
        foreach (ModelPlan model in check.Result.Plan?.Models ?? [])
        {
            json.WriteStartObject();
            json.WriteString("model", model.Id);
            json.WriteString("hash", model.Learn is null ? model.Judgement.Baseline.Hash : null);
            json.WriteNumber("rows", model.Judgement.Baseline.Rows);
            json.WritePropertyName("slices");
            JsonSerializer.Serialize(json, SliceSummary.Of(model.Judgement.Baseline).Select(s => s.Document()));
            if (model.Learn is { } learn) json.WriteString("learn", Quantity.Duration(learn.First));
            json.WriteEndObject();
            foreach (FurtherBaseline further in model.Judgement.Further.Where(f => f.Fixed is not null))
            {
                json.WriteStartObject();
                json.WriteString("model", model.Id);
                json.WriteString("name", further.Name);
                json.WriteString("hash", further.Fixed!.Hash);
                json.WriteNumber("rows", further.Fixed.Rows);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WritePropertyName("findings");
        FindingText.WriteJson(json, check.Findings);
        WriteEntries(json, check);
        json.WriteStartArray("topics");
        foreach (TopicFinding topic in check.Topics)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Topic);
            json.WriteString("state", topic.State.ToString().ToLowerInvariant());
            json.WriteString("detail", topic.Detail);
            json.WriteString("warning", topic.Warning);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("broker", check.BrokerFailure);
        if (show) json.WriteString("effective", check.Result.Effective);
        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, Checked check)
    {
        json.WriteStartArray("entries");
        foreach (EntryEstimate estimate in check.Result.Entries)
        {
            json.WriteStartObject();
            json.WriteString("model", estimate.Model);
            json.WriteNumber("signals", estimate.Signals);
            json.WriteNumber("panes", estimate.Panes);
            if (check.KnowsPartitions) json.WriteNumber("partitions", estimate.Topics.Sum(check.Partitions));
            else json.WriteNull("partitions");
            json.WriteNumber("entries", estimate.Entries(check.Partitions));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private sealed class Checked
    {
        private readonly Dictionary<string, int> _partitions;

        public Checked(string file, PlanResult result, ImmutableArray<TopicFinding> topics, string? brokerFailure)
        {
            (File, Result, Topics, BrokerFailure) = (file, result, topics, brokerFailure);
            _partitions = topics.Where(t => t.Partitions > 0).DistinctBy(t => t.Topic).ToDictionary(t => t.Topic, t => t.Partitions, StringComparer.Ordinal);
            Findings =
            [
                .. result.Findings,
                .. BaselineQuality.Warnings(file, result),
                .. Certificate(file, result),
                .. EntryEstimate.Warning(file, result.Entries, Partitions) is { } many ? [many] : Array.Empty<Finding>(),
            ];
        }

        public string File { get; }

        public PlanResult Result { get; }

        public ImmutableArray<TopicFinding> Topics { get; }

        public string? BrokerFailure { get; }

        /// <summary>The findings of the config, with what its baselines are like, and the warning that depends on the partitions.</summary>
        public ImmutableArray<Finding> Findings { get; }

        public IEnumerable<TopicFinding> BadTopics => Topics.Where(t => t.State != TopicState.Fine);

        public IEnumerable<TopicFinding> Warned => Topics.Where(t => t.Warning is not null);

        public bool KnowsPartitions => _partitions.Count > 0;

        public long Entries => Result.Entries.Sum(e => e.Entries(Partitions));

        public int Errors => Findings.Count(f => f.Severity == FindingSeverity.Error) + BadTopics.Count();

        public int Warnings => Findings.Count(f => f.Severity == FindingSeverity.Warning) + Warned.Count();

        // Where its files are: a secret may be on the machines alone that serve the pages.
        private static IEnumerable<Finding> Certificate(string file, PlanResult result)
        {
            if (result is not { Plan.Web.Certificate: { } named, CertificateAt: (var line, var column) }) yield break;
            if (ServerCertificate.Check(file, named, DateTimeOffset.UtcNow, out bool isWarning) is not { } problem) yield break;
            FindingSeverity severity = isWarning ? FindingSeverity.Warning : FindingSeverity.Error;
            yield return new Finding("certificate", severity, file, line, column, problem.Why, null, problem.ToDo);
        }

        /// <summary>How many partitions a source topic has; 1 where no broker has said.</summary>
        public int Partitions(string topic) => _partitions.GetValueOrDefault(topic, 1);
    }
}
