using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DriftStream.Batches;
using DriftStream.Cells;

namespace DriftStream.Host.Init;

/// <summary>A column that seems to have a role, and the reasons.</summary>
internal sealed record ColumnGuess(string Column, string Why)
{
    /// <summary>The unit of an integer time.</summary>
    public string? Unit { get; init; }

    /// <summary>What counts as yes, where it is not 1 or true.</summary>
    public string? Positive { get; init; }
}

/// <summary>What the columns of some rows may be for: by their names first, and only where their values allow it.</summary>
internal sealed partial class ColumnGuesses
{
    private const int MostDecisions = 20, MostGroups = 50, MostCodes = 25, FewestRows = 100;
    private const double LeastAgreement = 0.75, LargestInteger = 1L << 53;
    private const int MostLarge = 100;

    private static readonly string[] Yes = ["yes", "y", "approved", "accepted", "positive", "true", "t"];

    private readonly IReadOnlyList<ColumnFacts> _columns;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public ColumnGuesses(IReadOnlyList<ColumnFacts> columns, IEnumerable<Batch> batches)
    {
        // Of two columns of one name nobody can say which is meant.
        _columns = [.. columns.Where(c => c.IsReadable || ColumnTimes.CanRead(c.Type)).DistinctBy(c => c.Name)];
        Time = Take(GuessTime());
        Version = Take(Named(VersionName(), c => c is { IsCut: false, Distinct.Count: <= MostGroups } && !IsFraction(c), "the model's version"));
        Score = Take(GuessScore());
        Decision = Take(GuessDecision());
        Label = Take(GuessLabel(batches));
        Id = Take(Named(IdName(), c => c.IsUnique && !IsFraction(c), "its values name rows"));
        Groups = [.. _columns.Where(c => IsFree(c) && Matches(GroupName(), c) && Few(c, MostGroups)).Select(c => c.Name)];
        ManyGroups = [.. _columns.Where(c => IsFree(c) && Matches(GroupName(), c) && !Few(c, MostGroups) && c.Values > 0).Select(c => c.Name)];
        Except = [.. _columns.Where(c => IsFree(c) && (IsLargeId(c) || NamesRows(c))).Select(c => c.Name)];
        Categorical = [.. _columns.Where(c => IsFree(c) && c.Type.IsNumber && c.IsWhole && c.Values >= FewestRows && Few(c, MostCodes)).Select(c => c.Name)];
    }

    public ColumnGuess? Time { get; }

    public ColumnGuess? Id { get; }

    public ColumnGuess? Version { get; }

    public ColumnGuess? Score { get; }

    public ColumnGuess? Decision { get; }

    public ColumnGuess? Label { get; }

    /// <summary>A column that could be the score, where nothing looks like one.</summary>
    public string? PossibleScore => Score is not null ? null
        : _columns.FirstOrDefault(c => IsFree(c) && c.Type.IsNumber && !IsLargeId(c) && !Few(c, MostDecisions) && !Categorical.Contains(c.Name))?.Name;

    /// <summary>A column that could be the decision, where nothing looks like one.</summary>
    public ColumnGuess? PossibleDecision => Decision is not null ? null
        : Binary(_columns.FirstOrDefault(c => IsFree(c) && !Groups.Contains(c.Name) && Few(c, MostDecisions) && c.Distinct.Count >= 2
            && (c.Type.IsText || c.Type.Kind == ColumnKind.Bool || Categorical.Contains(c.Name))), "");

    /// <summary>Columns that may hold a protected attribute but have too many values to compare each with each.</summary>
    public ImmutableArray<string> ManyGroups { get; }

    /// <summary>Columns that may hold a protected attribute.</summary>
    public ImmutableArray<string> Groups { get; }

    /// <summary>Texts and large integers that name rows and are no features.</summary>
    public ImmutableArray<string> Except { get; }

    /// <summary>Columns of few distinct integers, which may be codes.</summary>
    public ImmutableArray<string> Categorical { get; }

    private ColumnGuess? GuessTime()
    {
        ColumnFacts[] times = [.. _columns.Where(c => TimeWhy(c) is not null)];
        ColumnFacts? found = times.FirstOrDefault(c => Matches(TimeName(), c)) ?? times.FirstOrDefault(c => !c.Type.IsInteger && !c.Type.IsNumber);
        if (found is null) return null;
        string? unit = found.Type.IsNumber ? Unit(found.Most) : null;
        return new ColumnGuess(found.Name, TimeWhy(found)!) { Unit = unit };
    }

    private static string? TimeWhy(ColumnFacts column)
    {
        if (column.Type.Kind is ColumnKind.Timestamp or ColumnKind.Date32 or ColumnKind.Date64) return $"its type is {column.Type.Name}";
        if (column.Values == 0) return null;
        if (column.Type.IsText) return column.IsTimes ? "its texts are ISO 8601 times" : null;
        return column.Type.IsNumber && column.IsWhole && Unit(column.Least) is { } unit && unit == Unit(column.Most) && Matches(TimeName(), column)
            ? $"its integers would be times of 2001 to 2100 in {unit}"
            : null;
    }

    private static string? Unit(double time) => time switch
    {
        >= 1e9 and < 4.2e9 => "s",
        >= 1e12 and < 4.2e12 => "ms",
        >= 1e15 and < 4.2e15 => "us",
        >= 1e18 and < 4.2e18 => "ns",
        _ => null,
    };

    private ColumnGuess? GuessScore()
    {
        ColumnFacts[] numbers = [.. _columns.Where(c => IsFree(c) && c.Type.IsNumber && c.Values > 0 && (c.IsCut || c.Distinct.Count > 2))];
        ColumnFacts? found = numbers.FirstOrDefault(c => Matches(ScoreName(), c) && c is { Least: >= 0, Most: <= 1 })
            ?? numbers.FirstOrDefault(c => Matches(ScoreName(), c))
            ?? numbers.FirstOrDefault(c => Matches(DecisionName(), c) && !Few(c, MostDecisions));
        return found is null ? null : new ColumnGuess(found.Name, $"its name, and numbers from {Text(found.Least)} to {Text(found.Most)}");
    }

    private ColumnGuess? GuessDecision() => Binary(_columns.FirstOrDefault(c =>
        IsFree(c) && Matches(DecisionName(), c) && Few(c, MostDecisions) && c.Distinct.Count >= 2 && !IsFraction(c)), "its name, and ");

    // A column with such a name, or one that has the decision's values and mostly agrees with it.
    private ColumnGuess? GuessLabel(IEnumerable<Batch> batches)
    {
        ColumnFacts? named = _columns.FirstOrDefault(c => IsFree(c) && Matches(LabelName(), c) && Few(c, MostDecisions) && !IsFraction(c));
        if (named is not null || Decision is null) return Binary(named, "its name, and ");
        IReadOnlyCollection<string> values = _columns.First(c => c.Name == Decision.Column).Distinct;
        foreach (ColumnFacts column in _columns.Where(c => IsFree(c) && c.Distinct.SequenceEqual(values)))
        {
            double share = Agreement(batches, Decision.Column, column.Name);
            string why = string.Create(CultureInfo.InvariantCulture, $"it equals the decision in {share:P0} of the rows; ");
            if (share >= LeastAgreement) return Binary(column, why);
        }

        return null;
    }

    private static ColumnGuess? Binary(ColumnFacts? column, string why)
    {
        if (column is null) return null;
        string values = string.Join(", ", column.Distinct.Take(5)) + (column.Distinct.Count > 5 ? ", ..." : "");
        string? positive = column.Distinct.Contains(BinaryColumn.DefaultPositive) || column.Distinct.Contains("true")
            ? null
            : column.Distinct.FirstOrDefault(v => Yes.Contains(v.ToLowerInvariant())) ?? column.Distinct.LastOrDefault();
        return new ColumnGuess(column.Name, $"{why}the values {values}") { Positive = positive };
    }

    private static double Agreement(IEnumerable<Batch> batches, string decision, string label)
    {
        (long both, long same) = (0, 0);
        Span<byte> left = stackalloc byte[64], right = stackalloc byte[64];
        foreach (Batch batch in batches)
        {
            (Column a, Column b) = (batch.Find(decision)!, batch.Find(label)!);
            for (int row = 0; row < batch.Rows; row++)
            {
                if (!ColumnText.HasValue(a, row) || !ColumnText.HasValue(b, row)) continue;
                both++;
                if (left[..CategoryText.Copy(a, row, left)].SequenceEqual(right[..CategoryText.Copy(b, row, right)])) same++;
            }
        }

        return both == 0 ? 0 : (double)same / both;
    }

    private ColumnGuess? Named(Regex name, Func<ColumnFacts, bool> fits, string why) =>
        _columns.FirstOrDefault(c => IsFree(c) && Matches(name, c) && fits(c)) is { } found ? new ColumnGuess(found.Name, "its name, and " + why) : null;

    private ColumnGuess? Take(ColumnGuess? guess)
    {
        if (guess is not null) _taken.Add(guess.Column);
        return guess;
    }

    private bool IsFree(ColumnFacts column) => column.IsReadable && !_taken.Contains(column.Name);

    private static bool Few(ColumnFacts column, int most) => column is { IsCut: false, Distinct.Count: > 0 } && column.Distinct.Count <= most;

    // Integers beyond 2^53, which ranges do not tell apart; a few distinct ones are categories.
    private static bool IsLargeId(ColumnFacts column) => column.Type.IsInteger
        && Math.Max(Math.Abs(column.Least), Math.Abs(column.Most)) >= LargestInteger && !Few(column, MostLarge);

    private static bool NamesRows(ColumnFacts column) => column.Type.IsText && (column.IsCut || (column.IsUnique && column.Values > MostGroups));

    private static bool IsFraction(ColumnFacts column) => column.Type.IsNumber && !column.IsWhole;

    // Compares the words of a name, so that predicted_probability, eventTime and rac1p all match; in a path, those after its last point.
    private static bool Matches(Regex name, ColumnFacts column)
    {
        var words = new StringBuilder();
        string last = column.Name[(column.Name.LastIndexOf('.') + 1)..];
        for (int i = 0; i < last.Length; i++)
        {
            if (i > 0 && char.IsUpper(last[i]) && char.IsLower(last[i - 1])) words.Append(' ');
            words.Append(char.IsLetterOrDigit(last[i]) ? char.ToLowerInvariant(last[i]) : ' ');
        }

        return name.IsMatch(words.ToString());
    }

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\b(time|timestamp|ts|datetime|date|at|when)\b|time$")]
    private static partial Regex TimeName();

    [GeneratedRegex(@"\bversion\b")]
    private static partial Regex VersionName();

    [GeneratedRegex(@"\b(score|probability|prob|proba|confidence|likelihood|risk)\b")]
    private static partial Regex ScoreName();

    [GeneratedRegex(@"\b(decision|prediction|predicted|predicted class|outcome|approved|verdict)\b")]
    private static partial Regex DecisionName();

    [GeneratedRegex(@"\b(label|target|actual|truth|observed|y true)\b")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\b(id|uuid|guid|key)\b")]
    private static partial Regex IdName();

    [GeneratedRegex(@"\b(sex|gender|race|rac1p|ethnicity|ethnic"
        + @"|religion|faith|nationality|country|citizenship|citizen|disability|disabled|marital status|pregnant|pregnancy|age|age group|age band|age range)\b")]
    private static partial Regex GroupName();
}
