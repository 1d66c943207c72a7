using System.CommandLine;
using System.Text.Json;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Commands;

/// <summary><c>driftstream topics</c>: what a plan needs of the broker, what is there, and who must be allowed what.</summary>
public static class TopicsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    internal static Command Create()
    {
        Option<string> config = SharedOptions.Config();
        var apply = new Option<bool>("--apply") { Description = "Create what is missing. No topic that exists is changed." };
        var acls = new Option<bool>("--acls")
        {
            Description = "Print the least rights of each role, as kafka-acls commands; asks no broker.",
        };
        Option<bool> json = SharedOptions.Json("One JSON document a line: {topic, state, source, partitions, config, detail}.");
        var command = new Command("topics", """
            Compares the broker's topics with what the configuration needs, or creates them. Exit code 0 when all are fine, 1 when not.

            Example: driftstream topics -c driftstream.yaml --apply
            """)
        {
            config, apply, acls, json,
        };
        command.SetAction(parsed =>
        {
            if (PlanFile.Load(parsed.GetValue(config)!, Console.Error) is not { } plan) return ExitCode.Usage;
            using ILoggerFactory logs = ConsoleLog.Create(LogLevel.Error, json: false);
            ILogger logger = logs.CreateLogger("topics");
            return Run(plan, parsed.GetValue(apply), parsed.GetValue(acls), parsed.GetValue(json), Console.Out, Console.Error, logger);
        });
        return command;
    }

    /// <param name="plan">Names the topics and the broker.</param>
    /// <param name="apply">Creates what is missing.</param>
    /// <param name="acls">Prints the rights of each role instead; asks no broker.</param>
    /// <param name="json">Writes one document a line.</param>
    /// <returns>0 when every topic is as it must be, 1 when not, 3 when the broker does not answer or refuses.</returns>
    public static int Run(DriftPlan plan, bool apply, bool acls, bool json, TextWriter output, TextWriter errors, ILogger logger)
    {
        if (acls)
        {
            foreach (string command in AccessRules.Commands(plan))
                output.WriteLine(json ? JsonSerializer.Serialize(new { command }, Json) : command);
            return ExitCode.Fine;
        }
        var findings = TopicCheck.Run(plan, apply, logger, out var failure);
        if (failure is not null)
        {
            errors.WriteLine(Printable.Of(failure.Detail + BrokerFailure.Hint(failure)));
            return ExitCode.World;
        }
        var ours = TopicCatalogue.Of(plan).ToDictionary(t => t.Name);
        int width = findings.Max(f => f.Topic.Length);
        foreach (var finding in findings)
        {
            ours.TryGetValue(finding.Topic, out var topic);
            string state = JsonNamingPolicy.CamelCase.ConvertName(finding.State.ToString());
            output.WriteLine(json
                ? JsonSerializer.Serialize(new
                {
                    topic = finding.Topic,
                    state,
                    source = topic is null,
                    partitions = topic?.Partitions,
                    config = topic?.Config,
                    detail = finding.Detail,
                }, Json)
                : $"{state,-8} {finding.Topic.PadRight(width)}  {Line(topic, finding)}".TrimEnd());
        }
        return findings.Any(f => f.State == TopicState.Failed) ? ExitCode.World
            : findings.All(f => f.State is TopicState.Fine or TopicState.Created) ? ExitCode.Fine : ExitCode.BadNews;
    }

    private static string Line(OurTopic? topic, TopicFinding finding) =>
        (topic?.Holds ?? "source") + (finding.Detail.Length > 0 ? $": {Printable.Of(finding.Detail)}" : "");
}
