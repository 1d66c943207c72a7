using System.Collections.Immutable;
using System.CommandLine;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Options that several commands take, spelled alike in all of them.</summary>
internal static class SharedOptions
{
    public static Option<string> Config() =>
        new("--config", "-c") { Description = "The configuration file.", Required = true, HelpName = "FILE" };

    public static Option<string?> OptionalConfig(string description) => new("--config", "-c")
    {
        Description = description,
        HelpName = "FILE",
    };

    public static Option<string?> Bootstrap() => new("--bootstrap")
    {
        Description = "Brokers, comma separated; default: those of -c.",
        HelpName = "HOST:PORT",
    };

    /// <summary>The brokers that <c>--bootstrap</c> or a configuration names; null after saying that neither does.</summary>
    public static KafkaSettings? Kafka(DriftPlan? plan, string? bootstrap)
    {
        if (bootstrap is not null)
            return new KafkaSettings(bootstrap, plan?.Kafka.Client ?? ImmutableSortedDictionary<string, string>.Empty);
        if (plan is null) Console.Error.WriteLine("which brokers? give --bootstrap, or -c with a configuration that names them");
        return plan?.Kafka;
    }

    /// <summary>Refuses every other word, in one line that names the word probably meant.</summary>
    public static void AcceptOnly<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        option.Validators.Add(r =>
        {
            if (r.Tokens is not [.., { Value: var word }] || words.Contains(word)) return;
            string hint = Spelling.Hint(word, words) is { } meant ? $"; {meant}" : "";
            r.AddError($"{option.Name}: '{word}' is not {string.Join(" or ", words)}{hint}");
        });
    }

    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<bool> Follow() => new("--follow") { Description = "Go on with what is written later, until Ctrl+C." };
}
