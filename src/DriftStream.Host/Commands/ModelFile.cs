using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Reads a config for the sake of one model, with a baseline of the caller's data in the place of its own.</summary>
internal static class ModelFile
{
    /// <summary>What a model's baseline is built of; the baseline need not be there. Null after the reason was written.</summary>
    public static BaselineSettings? BaselineSettings(string config, string? model, TextWriter errors) =>
        Request(config, model, errors, out _)?.Settings;

    /// <summary>The same with the model's stream.</summary>
    /// <param name="kafka">The brokers of the config; null only where the answer is null.</param>
    public static BaselineRequest? Request(string config, string? model, TextWriter errors, out KafkaSettings? kafka)
    {
        // The baseline does not exist yet, or is to be replaced: everything but that must be right.
        PlanResult result = PlanFile.Read(config, _ => BaselineLoad.Failed(""));
        kafka = result.Kafka;
        Finding[] wrong = [.. result.Findings.Where(f => f.Severity == FindingSeverity.Error && f.Code != "baseline")];
        if (wrong.Length > 0)
        {
            PlanFile.Write(wrong, config, errors);
            return null;
        }

        return Choose(result.Requests, r => r.Settings.Id, model, errors);
    }

    /// <summary>The one that is named, or the only one. Null after the reason was written.</summary>
    public static T? Choose<T>(IReadOnlyList<T> models, Func<T, string> id, string? name, TextWriter errors) where T : class
    {
        T? found = name is null && models.Count == 1 ? models[0] : models.FirstOrDefault(m => id(m) == name);
        if (found is not null) return found;
        string problem = name is null ? "which model? give --model" : $"there is no model '{name}'";
        errors.WriteLine($"{problem}; the configuration has {string.Join(", ", models.Select(id))}");
        return null;
    }

    /// <summary>Refused rows are told on <paramref name="errors"/>.</summary>
    /// <exception cref="DataFileException">It cannot be read, or no baseline can be built of it.</exception>
    public static Baseline Build(DataFile reference, BaselineSettings settings, TextWriter errors)
    {
        BaselineResult result = BaselineBuilder.Build(reference.Batches, settings);
        reference.TellRefused(errors);
        return result.Baseline ?? throw new DataFileException(reference.Path, string.Join("; ", result.Problems));
    }
}
