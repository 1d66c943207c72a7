using System.Globalization;
using System.Text;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Plan;
using Calendar = DriftStream.Cells.Calendar;

namespace DriftStream.Host.Init;

/// <summary>Where the rows of a draft came from, and how the model will find its own.</summary>
/// <param name="Seen">What the first line names: <c>rows.parquet</c>, <c>topic:predictions</c>.</param>
/// <param name="Model">An id for the model.</param>
/// <param name="Topic">The source topic.</param>
/// <param name="TopicIsGuess">The topic's name was made up.</param>
/// <param name="Format">How its messages are written.</param>
/// <param name="Bootstrap">Brokers, or null for the default.</param>
/// <param name="Baseline">Path of the reference, as the config names it.</param>
/// <param name="Origin">What that file is.</param>
internal sealed record DraftSource(
    string Seen, string Model, string Topic, bool TopicIsGuess, MessageFormat Format, string? Bootstrap, string Baseline, BaselineOrigin Origin)
{
    /// <summary>The share of all rows that were looked at, 0 to 1.</summary>
    public double Share { get; init; } = 1;
}

/// <summary>
/// A first configuration for rows that somebody has: commented, with what was found in the rows marked as guesses, and the owner left
/// to be filled in.
/// </summary>
internal static class ConfigDraft
{
    private const int CommentAt = 44;

    /// <summary>The most rows that are looked at.</summary>
    public const int MostRows = 200_000;

    /// <param name="source">Where the rows came from.</param>
    /// <param name="batches">The rows, of one schema; enumerated more than once.</param>
    /// <param name="all">How many rows there are: guesses rest on the first of them.</param>
    /// <param name="times">When the rows happened; null where no column says it.</param>
    /// <returns>YAML; the keys that a person must fill in have no value.</returns>
    public static string Write(DraftSource source, IEnumerable<Batch> batches, long all, out RowTimes? times)
    {
        (List<ColumnFacts> columns, long rows) = Look(batches);
        var guesses = new ColumnGuesses(columns, First(batches));
        var yaml = new StringBuilder();
        string count = all.ToString("N0", CultureInfo.InvariantCulture), seen = rows.ToString("N0", CultureInfo.InvariantCulture);
        Line(yaml, $"# A draft, written by driftstream init from {OneLine(source.Seen)}: {count} rows, {columns.Count} columns.");
        string found = rows < all ? $"found in the first {seen} of these rows" : "found in the rows";
        Line(yaml, $"# What is marked \"guess\" was {found} or made up: confirm it, correct it, or take the line away.");
        Line(yaml, "# Fill in the owner, three times; until then `driftstream check` says that it is missing.");
        Line(yaml, "");
        Line(yaml, "kafka:");
        string bootstrap = YamlText.Quoted(source.Bootstrap ?? "localhost:9092");
        Line(yaml, $"  bootstrap: {bootstrap}", source.Bootstrap is null ? "guess: your brokers, comma separated" : null);
        Line(yaml, "");
        Line(yaml, "# Who answers for the model and gets its alerts. Every owner has a topic of its own: driftstream.alerts.<id>");
        Line(yaml, "owners:");
        Line(yaml, "  - id:", "fill in: letters, digits, '.', '_' and '-'");
        Line(yaml, "    contact:", "fill in: one point of contact, such as an address");
        Line(yaml, "");
        Line(yaml, "models:");
        Line(yaml, $"  - id: {YamlText.Quoted(source.Model)}", "guess: a name for the model");
        Line(yaml, "    owner:", "fill in: the id from above");
        Line(yaml, "    # purpose: What the model decides, for whoever reads an alert");
        Line(yaml, "    # runbook: https://example.org/runbooks/model");
        Line(yaml, "    sources:");
        Line(yaml, $"      - {{ topic: {YamlText.Quoted(source.Topic)}, format: {source.Format.Word()} }}",
            source.TopicIsGuess ? "guess: where the predictions arrive" : null);
        Columns(yaml, guesses, columns, source);
        string key = source.Origin == BaselineOrigin.File ? "file" : "data";
        times = guesses.Time is { } at ? RowTimes.Of(batches, at.Column, UnitOf(at.Unit), source.Share) : null;
        string calendar = times?.Calendar is { } kind ? $", calendar: {Calendar.Name(kind)}" : "";
        string normal = source.Origin == BaselineOrigin.File && times?.Until is not null ? $"the rows of {times.ReferenceDays}" : "these rows";
        Line(yaml, $"    baseline: {{ {key}: {YamlText.Quoted(source.Baseline)}{calendar} }}", $"guess: {normal} are what is normal");
        (string size, int minRows) = times?.Window ?? ("1d", 500);
        string volume = times is null ? "; how many rows come a day is not known"
            : times.IsThin ? "; of so few rows it is not known how many come a day"
            : FormattableString.Invariant($"; about {times.RowsPerDay:N0} rows come a day");
        Line(yaml, $"    window: {{ size: {size}, min_rows: {minRows} }}", $"guess: how often a verdict is wanted, and from how many rows{volume}");
        if (times is { HasHours: true })
            Line(yaml, "    # Told sooner, but of larger changes only: window: [{ size: 1d, min_rows: 500 }, { size: 1h, min_rows: 100, extend_to: 12h }]");
        Line(yaml, "    # The rules, lateness and firing are the defaults: driftstream check --show writes them out.");
        return yaml.ToString();
    }

    private static TimeUnit? UnitOf(string? unit) => unit switch
    {
        "s" => TimeUnit.Second,
        "ms" => TimeUnit.Millisecond,
        "us" => TimeUnit.Microsecond,
        "ns" => TimeUnit.Nanosecond,
        _ => null,
    };

    private static (List<ColumnFacts> Columns, long Rows) Look(IEnumerable<Batch> batches)
    {
        List<ColumnFacts> columns = [];
        long rows = 0;
        foreach (Batch batch in First(batches))
        {
            if (columns.Count == 0) columns = [.. batch.Schema.Fields.Select(f => new ColumnFacts(f))];
            for (int i = 0; i < columns.Count; i++) columns[i].Add(batch.Columns[i]);
            rows += batch.Rows;
        }

        return (columns, rows);
    }

    private static IEnumerable<Batch> First(IEnumerable<Batch> batches)
    {
        long rows = 0;
        foreach (Batch batch in batches)
        {
            if (rows >= MostRows) yield break;
            rows += batch.Rows;
            yield return batch;
        }
    }

    private static void Columns(StringBuilder yaml, ColumnGuesses guesses, List<ColumnFacts> columns, DraftSource source)
    {
        Line(yaml, "    columns:");
        if (guesses.Time is not { } time) Line(yaml, "      # No column looks like an event time (time: NAME): the Kafka timestamp is it.");
        else if (time.Unit is { } unit) Line(yaml, $"      time: {{ column: {YamlText.Quoted(time.Column)}, unit: {unit} }}", "guess: " + time.Why);
        else Line(yaml, $"      time: {YamlText.Quoted(time.Column)}", "guess: " + time.Why);
        if (guesses.Id is { } id) Line(yaml, $"      id: {YamlText.Quoted(id.Column)}", "guess: " + id.Why);
        if (guesses.Version is { } version) Line(yaml, $"      version: {{ column: {YamlText.Quoted(version.Column)} }}", "guess: " + version.Why);
        else Line(yaml, "      # version: { value: \"1\" }", "or { column: NAME }, or { header: NAME }");
        if (guesses.Score is { } score) Line(yaml, $"      score: {YamlText.Quoted(score.Column)}", "guess: " + score.Why);
        else if (guesses.PossibleScore is { } possible)
            Line(yaml, $"      # score: {YamlText.Quoted(possible)}", "the model's score, a number: nothing looks like one");
        else Line(yaml, "      # No column looks like the model's score (score: NAME), a number.");
        if (guesses.Decision is { } decision) Binary(yaml, "decision", decision);
        else if (guesses.PossibleDecision is { } possible)
            Line(yaml, $"      # decision: {Binary(possible)}", "what the model decides: nothing looks like it");
        else Line(yaml, "      # No column looks like what the model decides (decision: NAME).");
        if (guesses.Label is { } label) Binary(yaml, "label", label, "; only if the messages carry it, else except it from the features");
        Groups(yaml, guesses, source.Origin);
        if (guesses.Except.IsEmpty) Line(yaml, "      features: all", "guess: every column without another role");
        else Line(yaml, $"      features: {{ except: {YamlText.List(guesses.Except)} }}", "guess: what names rows is no feature");
        if (!guesses.Categorical.IsEmpty)
            Line(yaml, $"      categorical: {YamlText.List(guesses.Categorical)}", "guess: whole numbers of few values; take out those that are amounts");
        if (source.Format.NeedsColumns()) Paths(yaml, columns.Select(c => c.Name).Except(guesses.Except));
        Line(yaml, "      # As they were found:");
        foreach (ColumnFacts column in columns) Line(yaml, $"      #   {OneLine(column.Name)}: {column.Type.Name}{Values(column)}");
    }

    // A commented line must be one that may be uncommented: a baseline file has no tables of groups that were not counted into it.
    private static void Groups(StringBuilder yaml, ColumnGuesses guesses, BaselineOrigin origin)
    {
        const string Meaning = "protected attributes, between which decisions are compared";
        if (!guesses.Groups.IsEmpty && guesses.Decision is not null) Line(yaml, $"      groups: {YamlText.List(guesses.Groups)}", "guess: " + Meaning);
        else if (!guesses.Groups.IsEmpty && guesses.PossibleDecision is not null && origin == BaselineOrigin.Data)
            Line(yaml, $"      # groups: {YamlText.List(guesses.Groups)}", $"guess: {Meaning}; they need a decision");
        else if (!guesses.Groups.IsEmpty)
            Line(yaml, $"      # With a decision, and a baseline built anew, also groups, {Meaning}: {OneLine(string.Join(", ", guesses.Groups))}");
        else Line(yaml, $"      # No column looks like one of the groups (groups: [NAME]), {Meaning}.");
        foreach (string many in guesses.ManyGroups)
            Line(yaml, $"      # {OneLine(many)} may be a protected attribute, of too many values to compare: send a column of a few bands of it, too.");
    }

    private static void Binary(StringBuilder yaml, string key, ColumnGuess guess, string more = "") =>
        Line(yaml, $"      {key}: {Binary(guess)}", $"guess: {guess.Why}{more}");

    private static string Binary(ColumnGuess guess)
    {
        string name = YamlText.Quoted(guess.Column);
        return guess.Positive is null ? name : $"{{ column: {name}, positive: {YamlText.Quoted(guess.Positive)} }}";
    }

    // The columns of JSON rows are named by their paths; those of plain fields need none.
    private static void Paths(StringBuilder yaml, IEnumerable<string> columns)
    {
        string[] deeper = [.. columns.Where(n => JsonPath.Parse(n) is { } path && (path.Steps.Length > 1 || path.Steps[0].Name != n))];
        if (deeper.Length == 0) return;
        Line(yaml, "      path:", "where columns lie inside a JSON row");
        foreach (string name in deeper)
        {
            string quoted = YamlText.InQuotes(name);
            Line(yaml, $"        {quoted}: {quoted}");
        }
    }

    private static string Values(ColumnFacts column)
    {
        if (!column.IsReadable) return "";
        string distinct = column.IsCut ? $"more than {ColumnFacts.MostDistinct}" : column.Distinct.Count.ToString(CultureInfo.InvariantCulture);
        return $", {distinct} distinct values";
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085' ? ' ' : c));

    private static void Line(StringBuilder yaml, string text, string? comment = null) =>
        yaml.Append(comment is null ? text : $"{text.PadRight(CommentAt)} # {OneLine(comment)}").Append('\n');
}
