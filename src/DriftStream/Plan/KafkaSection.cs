using System.Collections.Immutable;

namespace DriftStream.Plan;

/// <summary>Reads <c>kafka:</c>, and the secrets its client properties need.</summary>
internal static class KafkaSection
{
    /// <summary>Properties on which exactly-once counts rest, or for which another key exists.</summary>
    private static readonly ImmutableSortedDictionary<string, string> Owned = new Dictionary<string, string>
    {
        ["bootstrap.servers"] = "kafka.bootstrap says it",
        ["metadata.broker.list"] = "kafka.bootstrap says it",
        ["enable.idempotence"] = "DriftStream sets it",
        ["transactional.id"] = "DriftStream sets it",
        ["isolation.level"] = "DriftStream sets it",
        ["group.id"] = "DriftStream sets it, after topics.prefix",
        ["partition.assignment.strategy"] = "DriftStream sets it",
        ["enable.auto.commit"] = "DriftStream sets it",
        ["auto.commit.enable"] = "DriftStream sets it",
        ["enable.auto.offset.store"] = "DriftStream sets it",
        ["auto.offset.reset"] = "DriftStream sets it",
        ["enable.partition.eof"] = "DriftStream sets it",
        ["plugin.library.paths"] = "it would load native code",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public static KafkaSettings Read(ConfigMap kafka, string file, Func<string, string?> secretFile)
    {
        string bootstrap = kafka.Text("bootstrap", "localhost:9092");
        var client = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((ConfigNode key, ConfigNode value) in kafka.Map("client").Entries)
        {
            string path = $"kafka.client.{key.Text}";
            if (Owned.TryGetValue(key.Text, out string? why))
                kafka.Findings.Error(key, "owned_property", $"{path} cannot be set: {why}");
            else if (value.Kind == ConfigKind.Map)
                Add(client, key.Text, Secret(new ConfigMap(value, path, kafka.Findings), file, secretFile));
            else
                Add(client, key.Text, Plain(kafka, key.Text, path, value));
        }

        kafka.Close();
        return new KafkaSettings(bootstrap, client.ToImmutable());
    }

    private static string? Plain(ConfigMap kafka, string property, string path, ConfigNode value)
    {
        if (IsSecret(property) && value is { Kind: ConfigKind.Text, IsBroken: false })
        {
            if (EnvironmentText.IsVariable(value.Written))
            {
                kafka.Findings.Warn(value, "secret_environment", $"{path} comes from the environment, which other processes may read",
                    "{ file: /run/secrets/... }");
            }
            else
            {
                kafka.Findings.Error(value, Finding.SecretInText, $"{path} is a secret in the text of the config",
                    "{ file: /run/secrets/... }", "change the secret: it has been in a file that is shared");
                return null;
            }
        }

        return kafka.Values.Text(value, path);
    }

    /// <summary>The content of the file that a mapping names: a value that must not stand in a config. Null where an error has been reported.</summary>
    public static string? Secret(ConfigMap map, string file, Func<string, string?> secretFile)
    {
        ConfigNode? at = map.Require("file", "the path of a file that holds the value");
        map.Close();
        if (at is null || map.Values.Text(at, map.Of("file")) is not { } path) return null;
        string? secret = secretFile(ConfigPath.Resolve(file, path))?.TrimEnd('\r', '\n');
        if (string.IsNullOrEmpty(secret))
        {
            map.Findings.Error(at, "secret_file", $"{map.Of("file")}: {at.Described} cannot be read, or is empty");
            return null;
        }

        return secret;
    }

    /// <summary>librdkafka's secret properties all say so in their names, except for PEM keys and OAuth's free text.</summary>
    private static bool IsSecret(string property) =>
        property.Contains("password", StringComparison.OrdinalIgnoreCase)
        || property.Contains("secret", StringComparison.OrdinalIgnoreCase)
        || property is "ssl.key.pem" or "sasl.oauthbearer.config";

    private static void Add(ImmutableSortedDictionary<string, string>.Builder client, string property, string? value)
    {
        if (value is not null) client[property] = value;
    }

    /// <summary>Client properties as they were written: what came from the environment or a file may be secret.</summary>
    public static void Write(YamlText yaml, KafkaSettings kafka, ConfigNode? client)
    {
        yaml.Open("kafka");
        yaml.Text("bootstrap", kafka.Bootstrap);
        if (client is { Entries.IsEmpty: false })
        {
            yaml.Open("client");
            foreach ((ConfigNode key, ConfigNode value) in client.Entries)
            {
                string written = YamlText.Escaped(value.Find("file")?.Written ?? value.Written);
                yaml.Line(key.Text, value.Kind == ConfigKind.Map ? $"{{ file: {written} }}" : written);
            }

            yaml.Close();
        }

        yaml.Close();
    }
}
