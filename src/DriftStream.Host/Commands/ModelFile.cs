using DriftStream.Cells;
using DriftStream.Host.Files;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Reads a config for one model, whose baseline is replaced by one from the caller's data.</summary>
internal static class ModelFile
{
    /// <summary>What a model's baseline is built from; the baseline need not exist. Null after the reason was written.</summary>
    public static BaselineSettings? BaselineSettings(string config, string? model, TextWriter errors) =>
        Request(config, model, errors, out _)?.Settings;

    /// <summary>The request for a model's baseline, with its stream. Null after the reason was written.</summary>
    /// <param name="kafka">The brokers of the config; null only where the answer is null.</param>
    public static BaselineRequest? Request(string config, string? model, TextWriter errors, out KafkaSettings? kafka)
    {
        // The baseline does not exist yet or is to be replaced: everything else must be right.
        PlanResult result = PlanFile.Read(config, _ => BaselineLoad.Failed(""));
        kafka = result.Kafka;
        Finding[] wrong = [.. result.Findings.Where(f => f.Severity == FindingSeverity.Error && f.Code != "baseline")];
        if (wrong.Length > 0)
        {
            PlanFile.Write(wrong, errors);
            return null;
        }

        return Choose(result.Requests, r => r.Settings.Id, model, errors);
    }

    /// <summary>The model that is named, or the only one. Null after the reason was written.</summary>
    public static T? Choose<T>(IReadOnlyList<T> models, Func<T, string> id, string? name, TextWriter errors) where T : class
    {
        T? found = name is null && models.Count == 1 ? models[0] : models.FirstOrDefault(m => id(m) == name);
        if (found is not null) return found;
        string problem = name is null ? "which model? give --model" : $"there is no model '{name}'";
        errors.WriteLine($"{problem}; the configuration has {string.Join(", ", models.Select(id))}");
        return null;
    }

    /// <summary>Builds a baseline, and says on <paramref name="errors"/> which rows were refused.</summary>
    /// <exception cref="DataFileException">It cannot be read, or no baseline can be built of it.</exception>
    public static Baseline Build(DataFile reference, BaselineSettings settings, TextWriter errors) => Count(reference, settings, errors).Baseline!;

    /// <summary>As <see cref="Build"/>, with what else was found.</summary>
    /// <param name="reference">The rows.</param>
    /// <param name="settings">What is counted.</param>
    /// <param name="errors">Where refused rows and the progress of long work go.</param>
    /// <param name="like">In whose cells; null: in cells of their own.</param>
    /// <exception cref="DataFileException">It cannot be read, or no baseline can be built of it.</exception>
    public static BaselineResult Count(DataFile reference, BaselineSettings settings, TextWriter errors, Baseline? like = null)
    {
        BaselineResult result = BaselineSource.Count(reference, settings, errors, like);
        reference.TellRefused(errors);
        return result.Baseline is not null ? result : throw new DataFileException(reference.Path, string.Join("; ", result.Problems));
    }
}
