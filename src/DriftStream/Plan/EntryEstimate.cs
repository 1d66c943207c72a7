using System.Collections.Immutable;
using System.Globalization;

namespace DriftStream.Plan;

/// <summary>
/// How much counters write and judges hold for the open windows of one version of a model. An entry is the counts of one signal in one
/// pane of one source partition, about 60 bytes of the counts topic where the cells are few.
/// </summary>
/// <param name="Model">The model's id.</param>
/// <param name="Topics">Topics over whose partitions its rows are spread.</param>
/// <param name="Signals">How many signals are counted, with group tables.</param>
/// <param name="Panes">How many panes the longest window has, with the lateness after it.</param>
/// <param name="Line">The line of the model in its file, from 1.</param>
/// <param name="Column">The column there, from 1.</param>
public sealed record EntryEstimate(string Model, ImmutableArray<string> Topics, int Signals, long Panes, int Line, int Column)
{
    /// <summary>The file that the model stands in; null for the config itself.</summary>
    public string? File { get; init; }

    /// <summary>How many entries, over all models, are worth a warning.</summary>
    public const long Many = 1_000_000;

    /// <summary>The code of that warning.</summary>
    public const string Code = "many_entries";

    /// <param name="partitions">How many partitions a topic has; 1 where nobody knows, and the result is then the least it can be.</param>
    public long Entries(Func<string, int> partitions) => Signals * Panes * Topics.Sum(partitions);

    /// <summary>The warning, at the model with the most entries, or null where there are not <see cref="Many"/>.</summary>
    /// <param name="file">The config's name for people.</param>
    /// <param name="estimates">Those of all models of the config.</param>
    /// <param name="partitions">How many partitions a topic has.</param>
    public static Finding? Warning(string file, ImmutableArray<EntryEstimate> estimates, Func<string, int> partitions)
    {
        long total = estimates.Sum(e => e.Entries(partitions));
        if (total <= Many) return null;
        EntryEstimate most = estimates.MaxBy(e => e.Entries(partitions))!;
        int spread = most.Topics.Sum(partitions);
        string message = $"the open windows hold about {Digits(total)} entries, and '{most.Model}' most of them: {Digits(most.Signals)} signals x "
            + $"{Digits(most.Panes)} panes x {Digits(spread)} source partition{(spread == 1 ? "" : "s")} for each version";
        return new Finding(Code, FindingSeverity.Warning, most.File ?? file, most.Line, most.Column, message, $"at most {Digits(Many)}",
            "let the producer key records by model, so that one partition and not all of them brings a model's rows; or fewer panes: "
            + "their size is the greatest that all sizes, steps and offsets of the windows are multiples of");
    }

    internal static EntryEstimate Of(WrittenModel written, ModelPlan model)
    {
        long pane = model.Windows.PaneSize, span = model.Windows.Windows.Max(w => w.Longest) + model.Windows.AllowedLateness;
        return new EntryEstimate(
            model.Id, model.Windows.Topics, model.Counting.Signals.Length, ((span - 1) / pane) + 1, written.At.Line, written.At.Column)
        {
            File = written.At.File,
        };
    }

    private static string Digits(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
