using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// The names under which counts of joined rows stand in the topics <c>counts</c> and <c>panes</c>, beside those of models and source topics: a model by the
/// labels that had come after a delay, and the joiners' word on a model. No id of a model and no name of a topic holds the mark.
/// </summary>
public static class JoinedName
{
    private const char Mark = '@';

    private const string Joins = "joins";

    /// <summary>A model at a delay: <c>credit@30d</c>.</summary>
    public static string Of(string model, Duration delay) => $"{model}{Mark}{delay.Spell()}";

    /// <summary>The model that a name is of: itself, where it has no delay.</summary>
    public static string ModelOf(string name)
    {
        int at = name.LastIndexOf(Mark);
        return at < 0 ? name : name[..at];
    }

    /// <summary>In place of a source topic where joiners tell of a model: <c>joins@credit</c>. Its partitions are those of <c>joins</c>.</summary>
    public static string SourceOf(string model) => $"{Joins}{Mark}{model}";

    /// <summary>The model of which joiners tell under that name.</summary>
    public static string ModelOfSource(string source) => source[(Joins.Length + 1)..];

    /// <summary>Whether it stands in place of a source topic.</summary>
    public static bool IsSource(string topic) => topic.StartsWith(Joins + Mark, StringComparison.Ordinal);
}
