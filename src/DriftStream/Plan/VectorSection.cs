using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Plan;

/// <summary>A vector of a model as its config writes it.</summary>
/// <param name="Name">The name of its signals.</param>
/// <param name="Of">Columns, and ranges of columns such as <c>e0..e767</c>; or one column of lists.</param>
/// <param name="As">What is made of it.</param>
/// <param name="Count">How many projections; 1 of a norm.</param>
/// <param name="Seed">Of the projections; 0 of a norm.</param>
internal sealed record WrittenVector(string Name, ImmutableArray<string> Of, VectorMeasure As, int Count, long Seed)
{
    /// <summary>It is one column of lists.</summary>
    public bool IsOfLists => Columns.Length == 1;

    /// <summary>The columns, ranges written out.</summary>
    public required ImmutableArray<string> Columns { get; init; }

    /// <summary>A norm has the vector's name, projections are <c>NAME.1</c>, <c>NAME.2</c> and so on.</summary>
    public IEnumerable<VectorSignal> Signals => As switch
    {
        VectorMeasure.Norm or VectorMeasure.Absolute => [new VectorSignal(Name, Columns, new Derivation(As))],
        VectorMeasure.Projection => Enumerable.Range(1, Count).Select(
            k => new VectorSignal(string.Create(CultureInfo.InvariantCulture, $"{Name}.{k}"), Columns, new Derivation(As, Seed))),
    };
}

/// <summary>Reads <c>columns.vectors</c>: signals that are made from several number columns, or from one of lists.</summary>
internal static partial class VectorSection
{
    private const int DefaultCount = 8, MostCount = 256, MostColumns = Derivation.MostLength;
    private const long DefaultSeed = 1;

    private static readonly (string Word, VectorMeasure? Value)[] Measures =
        [("norm", VectorMeasure.Norm), ("projection", VectorMeasure.Projection)];

    private static readonly string[] OfProjections = ["count", "seed"];

    /// <summary>The vectors; null where the key is not there.</summary>
    public static ImmutableArray<WrittenVector>? Read(ConfigMap columns)
    {
        if (columns.List("vectors") is not { } items) return null;
        var vectors = ImmutableArray.CreateBuilder<WrittenVector>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            if (One(new ConfigMap(items[i], $"{columns.Of("vectors")}[{i}]", columns.Findings)) is not { } vector) continue;
            vectors.Add(vector);
            foreach (string name in vector.Signals.Select(s => s.Name).Where(n => !names.Add(n)))
                columns.Findings.Error(items[i], "duplicate_id", $"two signals of {columns.Of("vectors")} are called '{name}'", "another name");
        }

        return vectors.ToImmutable();
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, ImmutableArray<WrittenVector> vectors)
    {
        if (vectors.IsEmpty) return;
        IEnumerable<string> items = vectors.Select(v =>
        {
            string projections = v.As == VectorMeasure.Norm ? "" : string.Create(CultureInfo.InvariantCulture, $", count: {v.Count}, seed: {v.Seed}");
            string of = v.IsOfLists ? YamlText.Quoted(v.Of[0]) : YamlText.List(v.Of);
            return $"{{ name: {YamlText.Quoted(v.Name)}, of: {of}, as: {Measures.First(m => m.Value == v.As).Word}{projections} }}";
        });
        yaml.Line("vectors", $"[{string.Join(", ", items)}]");
    }

    private static WrittenVector? One(ConfigMap map)
    {
        map.Require("name", "the name of its signals");
        map.Require("of", "columns: [a, b] or [e0..e767], or a column of lists: embedding");
        map.Require("as", "norm or projection");
        string? name = map.Text("name");
        bool lists = map.Find("of") is { Kind: ConfigKind.Text };
        ImmutableArray<string> of = lists ? [.. new[] { map.Text("of") }.OfType<string>()] : map.Texts("of") ?? [];
        VectorMeasure? measure = map.Choice("as", null, Measures);
        int count = map.Whole("count", DefaultCount, 1, MostCount);
        long seed = map.Whole("seed", 0, long.MaxValue) ?? DefaultSeed;
        foreach (string key in OfProjections.Where(k => measure == VectorMeasure.Norm && map.Has(k)))
            map.Findings.Error(map.Find(key)!, "vector_key", $"{map.Of(key)} is of projections, not of a norm", "as: projection");
        map.Close();
        ImmutableArray<string>? columns = lists ? Lists(map, of) : Columns(map, of);
        if (name is null || measure is null || columns is null) return null;
        bool norm = measure == VectorMeasure.Norm;
        return new WrittenVector(name, of, measure.Value, norm ? 1 : count, norm ? 0 : seed) { Columns = columns.Value };
    }

    private static ImmutableArray<string>? Lists(ConfigMap map, ImmutableArray<string> of)
    {
        if (of is not [var column]) return null; // which is told
        if (Range(column) is null) return of;
        map.Findings.Error(map.Find("of")!, "bad_vector", $"{map.Of("of")}: '{column}' is a range of columns, not one column of lists", $"[{column}]");
        return null;
    }

    /// <summary>Lists are read of Arrow alone.</summary>
    public static void CheckSources(ConfigMap model, ModelColumns columns, ImmutableArray<WrittenSource> sources)
    {
        if (columns.Vectors.FirstOrDefault(v => v.IsOfLists) is not { } vector || !sources.Any(s => s.Format.NeedsColumns())) return;
        model.Findings.Error(
            model.At.Find("columns")?.Find("vectors") ?? model.At, "bad_vector",
            $"{model.Of("columns.vectors")}: '{vector.Name}' is made of lists in the column '{vector.Of[0]}', which are read from Arrow messages alone",
            $"of JSON, name each number: of: [e0..e9], and columns.path: {{ e0: \"{vector.Of[0]}[0]\", ... }}");
    }

    private static ImmutableArray<string>? Columns(ConfigMap map, ImmutableArray<string> of)
    {
        if (map.Find("of") is not { Kind: ConfigKind.List } at) return null;
        var columns = ImmutableArray.CreateBuilder<string>();
        foreach (string text in of)
        {
            if (Range(text) is not { } range) columns.Add(text);
            else if (range.Last - range.First is >= 1 and < MostColumns)
            {
                for (int i = range.First; i <= range.Last; i++) columns.Add(range.Stem + i.ToString(CultureInfo.InvariantCulture));
            }
            else map.Findings.Error(at, "bad_vector", $"{map.Of("of")}: '{text}' is no range of columns that rises", "e0..e767");
        }

        string? twice = columns.GroupBy(c => c, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null) map.Findings.Error(at, "bad_vector", $"{map.Of("of")} names the column '{twice}' twice", "each column once");
        if (columns.Count is < 2 or > MostColumns)
            map.Findings.Error(at, "bad_vector", $"{map.Of("of")} has {columns.Count} {(columns.Count == 1 ? "column" : "columns")}", $"2 to {MostColumns}");
        return twice is null && columns.Count is >= 2 and <= MostColumns ? columns.ToImmutable() : null;
    }

    // e0..e767: one stem, and two numbers without leading zeros.
    private static (string Stem, int First, int Last)? Range(string text)
    {
        Match match = RangeText().Match(text);
        if (!match.Success || match.Groups["stem"].Value != match.Groups["again"].Value) return null;
        return (match.Groups["stem"].Value, Number("first"), Number("last"));

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"^(?<stem>.*[^0-9])(?<first>0|[1-9][0-9]{0,7})\.\.(?<again>.*[^0-9])(?<last>0|[1-9][0-9]{0,7})$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex RangeText();
}
