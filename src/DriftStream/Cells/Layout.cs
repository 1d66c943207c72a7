using System.Collections.Immutable;
using System.Globalization;

namespace DriftStream.Cells;

/// <summary>How the cells of a signal are made.</summary>
public enum LayoutKind : byte
{
    /// <summary>Ranges between sorted edges, then NaN, then missing.</summary>
    Numeric,
    /// <summary>Categories, then unseen, then missing.</summary>
    Categorical,
    /// <summary>The product group x decision (x label) of a fairness table.</summary>
    Table,
    /// <summary>The product slice x cells of an inner layout, then one cell for rows in no slice.</summary>
    Sliced,
    /// <summary>The product score x decision x label of an outcome table.</summary>
    Outcome,
    /// <summary>The product of the cells of two layouts: how two columns go together.</summary>
    Joint,
    /// <summary>The product group x score x label of a calibration table.</summary>
    Calibration,
}

/// <summary>
/// The ordered cells of a signal, named by the hash of its content. Numeric: cell = number of edges &lt;= x, so E edges make
/// E + 1 ranges, followed by the cells NaN and missing. Categorical: K categories, followed by unseen and missing.
/// Table: for each group category, then unseen, then missing: not selected, selected, undecided; each again by
/// label negative, positive, missing where the model has a label. Sliced: for each slice the cells of a numeric or categorical
/// layout, then one cell for rows in no slice. Outcome: for each cell of a numeric layout of scores the nine states of decision and label
/// (<see cref="OutcomeCells"/>). Joint: for each cell of the first of two numeric or categorical layouts the cells of the second. Calibration: for each
/// group, then unseen, then missing, the cells of a numeric layout of scores; each again by label negative, positive, missing.
/// </summary>
public sealed class Layout
{
    private Layout(LayoutKind kind, ImmutableArray<double> edges, ImmutableArray<string> categories, bool exact, bool labelled)
    {
        Kind = kind;
        Edges = edges;
        Categories = categories;
        Exact = exact;
        Labelled = labelled;
        Cells = kind switch
        {
            LayoutKind.Numeric => edges.Length + 3,
            LayoutKind.Categorical => categories.Length + 2,
            LayoutKind.Table => (categories.Length + 2) * Decisions * Labels,
            LayoutKind.Sliced or LayoutKind.Outcome or LayoutKind.Joint or LayoutKind.Calibration =>
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "it has another constructor"),
        };
        (Hash, Key) = LayoutHash.Of(this);
        Indexes = new LayoutIndexes(this);
    }

    private Layout(ImmutableArray<ImmutableArray<string>> slices, Layout inner, bool folded)
    {
        (Kind, Slices, Inner, Folded, Edges, Categories) = (LayoutKind.Sliced, slices, inner, folded, [], []);
        Cells = (slices.Length * inner.Cells) + 1;
        (Hash, Key) = LayoutHash.Of(this);
        Indexes = new LayoutIndexes(this);
    }

    private Layout(Layout scores)
    {
        (Kind, Inner, Labelled, Edges, Categories) = (LayoutKind.Outcome, scores, true, [], []);
        Cells = scores.Cells * Decisions * Labels;
        (Hash, Key) = LayoutHash.Of(this);
        Indexes = new LayoutIndexes(this);
    }

    private Layout(ImmutableArray<string> groups, Layout scores)
    {
        (Kind, Inner, Labelled, Edges, Categories) = (LayoutKind.Calibration, scores, true, [], groups);
        Cells = (groups.Length + 2) * scores.Cells * Labels;
        (Hash, Key) = LayoutHash.Of(this);
        Indexes = new LayoutIndexes(this);
    }

    private Layout(Layout first, Layout second, bool folded, bool secondFolded)
    {
        (Kind, Inner, Second, Folded, SecondFolded, Edges, Categories) = (LayoutKind.Joint, first, second, folded, secondFolded, [], []);
        Cells = first.Cells * second.Cells;
        (Hash, Key) = LayoutHash.Of(this);
        Indexes = new LayoutIndexes(this);
    }

    /// <summary>The most cells of each of the two layouts that a joint one is made of.</summary>
    public const int MostJoint = 64;

    /// <summary>Decision states of a table: 0 not selected, 1 selected, 2 no decision.</summary>
    public const int Decisions = 3;

    /// <summary>How the cells are made.</summary>
    public LayoutKind Kind { get; }

    /// <summary>Strictly increasing, finite or infinite, never NaN. Numeric layouts only.</summary>
    public ImmutableArray<double> Edges { get; }

    /// <summary>In the order of their cells. Categorical layouts, and the group values of tables, of calibration tables too.</summary>
    public ImmutableArray<string> Categories { get; }

    /// <summary>Of each slice its values, one a column. Sliced layouts only.</summary>
    public ImmutableArray<ImmutableArray<string>> Slices { get; } = [];

    /// <summary>The cells of each slice of a sliced layout, of scores of an outcome or a calibration layout, the first of a joint one.</summary>
    public Layout? Inner { get; }

    /// <summary>The second of the two layouts of a joint one. Joint layouts only.</summary>
    public Layout? Second { get; }

    /// <summary>The last category of <see cref="Inner"/> stands for all that have no cell of their own, unseen ones too.</summary>
    public bool Folded { get; }

    /// <summary>The last category of <see cref="Second"/> likewise.</summary>
    public bool SecondFolded { get; }

    /// <summary>The edges hold v and the next double after v for every distinct baseline value v, so that KS is exact.</summary>
    public bool Exact { get; }

    /// <summary>A table that is split by label too; outcome and calibration layouts always are.</summary>
    public bool Labelled { get; }

    /// <summary>Label states of a table: 0 negative, 1 positive, 2 no label; or 1 where the table has no label.</summary>
    public int Labels => Labelled ? 3 : 1;

    /// <summary>The number of cells, at least 1.</summary>
    public int Cells { get; }

    /// <summary>The cell of NaN, or -1.</summary>
    public int NanCell => Kind == LayoutKind.Numeric ? Edges.Length + 1 : -1;

    /// <summary>The cell of categories that the baseline lacks, or -1.</summary>
    public int UnseenCell => Kind == LayoutKind.Categorical ? Categories.Length : -1;

    /// <summary>The cell of nulls, or -1 for whatever is neither numeric nor categorical.</summary>
    public int MissingCell => Kind is LayoutKind.Numeric or LayoutKind.Categorical ? Cells - 1 : -1;

    /// <summary>How many cells hold an ordinary value: ranges or categories.</summary>
    public int ValueCells => Kind switch
    {
        LayoutKind.Numeric => Edges.Length + 1,
        LayoutKind.Categorical => Categories.Length,
        LayoutKind.Table or LayoutKind.Sliced or LayoutKind.Outcome or LayoutKind.Joint or LayoutKind.Calibration => Cells,
    };

    /// <summary><c>sha256:</c> and 64 hexadecimal digits of the canonical content.</summary>
    public string Hash { get; }

    /// <summary>The first eight bytes of the hash: the layout's name inside frames.</summary>
    public ulong Key { get; }

    /// <summary>The indexes that counters look its cells up in.</summary>
    internal LayoutIndexes Indexes { get; }

    /// <exception cref="ArgumentException">Edges are not strictly increasing, or one is NaN.</exception>
    public static Layout Numeric(ImmutableArray<double> edges, bool exact = false)
    {
        for (int i = 0; i < edges.Length; i++)
        {
            if (double.IsNaN(edges[i]) || (i > 0 && !(edges[i - 1] < edges[i])))
                throw new ArgumentException($"edge {i} ({edges[i]:R}) is NaN or not greater than the one before it", nameof(edges));
        }

        return new Layout(LayoutKind.Numeric, edges, [], exact, false);
    }

    /// <exception cref="ArgumentException">A category occurs twice.</exception>
    public static Layout Categorical(ImmutableArray<string> categories) =>
        new(LayoutKind.Categorical, [], Distinct(categories), false, false);

    /// <exception cref="ArgumentException">A group value occurs twice.</exception>
    public static Layout Table(ImmutableArray<string> groups, bool labelled) =>
        new(LayoutKind.Table, [], Distinct(groups), false, labelled);

    /// <param name="slices">Of each slice its values, one a column.</param>
    /// <param name="inner">A numeric or categorical layout.</param>
    /// <param name="folded">Its last category stands for all that have no cell of their own.</param>
    /// <exception cref="ArgumentException">A slice occurs twice, has more or fewer values than the others, or the inner layout is no such layout.</exception>
    public static Layout Sliced(ImmutableArray<ImmutableArray<string>> slices, Layout inner, bool folded)
    {
        if (inner.Kind is not (LayoutKind.Numeric or LayoutKind.Categorical) || (folded && inner.Categories.IsEmpty))
            throw new ArgumentException($"slices of a {inner.Kind} layout", nameof(inner));
        for (int i = 0; i < slices.Length; i++)
        {
            if (slices[i].IsEmpty || slices[i].Length != slices[0].Length || slices.Take(i).Any(s => s.SequenceEqual(slices[i])))
                throw new ArgumentException($"slice {i} is there twice, or has another number of values", nameof(slices));
        }

        return new Layout(slices, inner, folded);
    }

    /// <param name="scores">The cells of scores: a numeric layout; without edges for a model without a score.</param>
    /// <exception cref="ArgumentException">It is no such layout.</exception>
    public static Layout Outcome(Layout scores) => scores.Kind == LayoutKind.Numeric
        ? new Layout(scores)
        : throw new ArgumentException($"scores in a {scores.Kind} layout", nameof(scores));

    /// <param name="groups">The values of a group.</param>
    /// <param name="scores">The cells of scores: a numeric layout with edges.</param>
    /// <exception cref="ArgumentException">A group value occurs twice, or the scores have no such layout.</exception>
    public static Layout Calibration(ImmutableArray<string> groups, Layout scores) => scores is { Kind: LayoutKind.Numeric, Edges.IsEmpty: false }
        ? new Layout(Distinct(groups), scores)
        : throw new ArgumentException("scores without ranges", nameof(scores));

    /// <param name="first">A numeric or categorical layout of at most <see cref="MostJoint"/> cells.</param>
    /// <param name="second">Another one.</param>
    /// <param name="folded">The last category of the first stands for all that have no cell of their own.</param>
    /// <param name="secondFolded">That of the second likewise.</param>
    /// <exception cref="ArgumentException">One of the two is no such layout, or has too many cells.</exception>
    public static Layout Joint(Layout first, Layout second, bool folded, bool secondFolded)
    {
        Check(first, folded, nameof(first));
        Check(second, secondFolded, nameof(second));
        return new Layout(first, second, folded, secondFolded);

        static void Check(Layout of, bool folds, string name)
        {
            if (of.Kind is not (LayoutKind.Numeric or LayoutKind.Categorical) || (folds && of.Categories.IsEmpty))
                throw new ArgumentException($"a pair of a {of.Kind} layout", name);
            if (of.Cells > MostJoint) throw new ArgumentException($"{of.Cells} cells in a pair, more than {MostJoint}", name);
        }
    }

    /// <summary>The counts of one slice of a sliced layout, in the cells of <see cref="Inner"/>.</summary>
    /// <param name="counts">As long as the layout has cells.</param>
    /// <param name="slice">Its place in <see cref="Slices"/>.</param>
    public ImmutableArray<long> OfSlice(ImmutableArray<long> counts, int slice) => counts.Slice(slice * Inner!.Cells, Inner.Cells);

    /// <summary>A cell of a table. The group is an index into <see cref="Categories"/>, their number for unseen, or one more for missing.</summary>
    public int TableCell(int group, int decision, int label) => ((group * Decisions) + decision) * Labels + (Labelled ? label : 0);

    /// <summary>The group of a cell of a table, as <see cref="TableCell"/> takes it.</summary>
    public int GroupOf(int cell) => cell / Labels / Decisions;

    /// <summary>A cell of a calibration table. The group is as of <see cref="TableCell"/>; the score is a cell of <see cref="Inner"/>.</summary>
    public int CalibrationCell(int group, int score, int label) => (((group * Inner!.Cells) + score) * Labels) + label;

    /// <summary>What people call a cell: <c>[18, 25)</c>, a category, <c>missing</c>, <c>NaN</c>, <c>unseen</c>.</summary>
    public string CellName(int cell)
    {
        if (cell == MissingCell) return "missing";
        if (cell == NanCell) return "NaN";
        if (cell == UnseenCell) return "unseen";
        return Kind switch
        {
            LayoutKind.Categorical => Categories[cell],
            LayoutKind.Numeric => RangeName(cell, cell + 1),
            LayoutKind.Table => TableCellName(cell),
            LayoutKind.Sliced => SlicedCellName(cell),
            LayoutKind.Outcome => OutcomeCellName(cell),
            LayoutKind.Joint => $"{Inner!.CellName(cell / Second!.Cells)} x {Second.CellName(cell % Second.Cells)}",
            LayoutKind.Calibration => CalibrationCellName(cell),
        };
    }

    /// <summary>The cell of a categorical layout that people call so, or -1. A category goes before <c>unseen</c> and <c>missing</c>.</summary>
    internal int CellOf(string name)
    {
        int category = Categories.IndexOf(name);
        return category >= 0 ? category : name == "unseen" ? UnseenCell : name == "missing" ? MissingCell : -1;
    }

    /// <summary>The cell of a number that is not NaN, in a numeric layout.</summary>
    internal int RangeOf(double value)
    {
        int at = Edges.BinarySearch(value);
        return at >= 0 ? at + 1 : ~at;
    }

    /// <summary>The name of neighbouring numeric cells from <paramref name="first"/> up to but without <paramref name="end"/>.</summary>
    public string RangeName(int first, int end)
    {
        double low = first == 0 ? double.NegativeInfinity : Edges[first - 1];
        double high = end > Edges.Length ? double.PositiveInfinity : Edges[end - 1];
        if (Math.BitIncrement(low) == high) return Text(low);
        if (double.IsNegativeInfinity(low)) return double.IsPositiveInfinity(high) ? "any number" : "< " + Text(high);
        if (double.IsPositiveInfinity(low)) return "Infinity"; // nothing is greater
        return double.IsPositiveInfinity(high) ? ">= " + Text(low) : $"[{Text(low)}, {Text(high)})";
    }

    private string TableCellName(int cell)
    {
        int label = cell % Labels, decision = cell / Labels % Decisions, group = cell / Labels / Decisions;
        string name = GroupName(group);
        return Labelled ? $"{name}, {Decided(decision)}, {LabelName(label)}" : $"{name}, {Decided(decision)}";
    }

    /// <summary>What people call a group of a table, as <see cref="TableCell"/> takes it.</summary>
    public string GroupName(int group) => group < Categories.Length ? Categories[group] : group == Categories.Length ? "unseen" : "missing";

    private string CalibrationCellName(int cell)
    {
        int score = cell / Labels % Inner!.Cells, group = cell / Labels / Inner.Cells;
        return $"{GroupName(group)}, score {Inner.CellName(score)}, {LabelName(cell % Labels)}";
    }

    private string OutcomeCellName(int cell)
    {
        (int score, int decision, int label) = OutcomeCells.States(this, cell);
        return $"score {Inner!.CellName(score)}, {Decided(decision)}, {LabelName(label)}";
    }

    private static string Decided(int decision) => decision switch { 0 => "not selected", 1 => "selected", _ => "no decision" };

    private static string LabelName(int label) => "label " + (label switch { 0 => "negative", 1 => "positive", _ => "missing" });

    private string SlicedCellName(int cell) => cell == Cells - 1
        ? "no slice"
        : $"{string.Join(", ", Slices[cell / Inner!.Cells])}: {Inner.CellName(cell % Inner.Cells)}";

    // v and its successor look alike at 15 digits: people read the value, the hash keeps the bits.
    private static string Text(double value) => value.ToString("G15", CultureInfo.InvariantCulture);

    private static ImmutableArray<string> Distinct(ImmutableArray<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (!seen.Add(name)) throw new ArgumentException($"category '{name}' occurs twice", nameof(names));
        }

        return names;
    }
}
