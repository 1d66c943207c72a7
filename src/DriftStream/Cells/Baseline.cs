using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>What a signal is to its model.</summary>
public enum SignalRole : byte
{
    /// <summary>An input of the model.</summary>
    Feature,

    /// <summary>The number that the model gives.</summary>
    Score,

    /// <summary>What is decided by it, such as selected or not.</summary>
    Decision,

    /// <summary>Decisions by the values of protected attributes: a fairness table.</summary>
    Group,

    /// <summary>A feature, score or decision by slice.</summary>
    Slice,

    /// <summary>Score and decision by what turned out to be true: how well the model does.</summary>
    Outcome,

    /// <summary>Two of these together: how they depend on each other.</summary>
    Pair,

    /// <summary>A label that is a number, of rows that have a prediction: what the errors of a model are compared with.</summary>
    Label,

    /// <summary>Scores by what turned out to be true, and by the values of a protected attribute: whether a score means the same for all.</summary>
    Calibration,

    /// <summary>How far predictions of a number are off, by the values of a protected attribute.</summary>
    GroupResiduals,
}

/// <summary>
/// The reference of one signal: its layout and its counts, one a cell.
/// A fairness table is a signal of role <see cref="SignalRole.Group"/> whose name is the group's: <c>SEX</c>, or <c>SEX x RAC1P</c> for
/// several columns. A pair of columns is one of role <see cref="SignalRole.Pair"/>, named likewise.
/// The slices of a signal by some columns are one of role <see cref="SignalRole.Slice"/>, which has the name of the signal.
/// The outcomes of a model are a signal of role <see cref="SignalRole.Outcome"/>, which has the name of the label's column: an outcome table, or residuals
/// of labels that are numbers (numeric, with a signal of role <see cref="SignalRole.Label"/>), or decision x label of classes (joint).
/// A calibration table is one of role <see cref="SignalRole.Calibration"/>, which has the name of the group; so has one of role
/// <see cref="SignalRole.GroupResiduals"/>, residuals that are sliced by the group's values.
/// </summary>
/// <param name="Name">The signal's name: its column, or the group's name.</param>
/// <param name="Role">What it is to the model.</param>
/// <param name="Columns">
/// The columns it is made from: one; of a group, a pair or a vector all of its own; of slices the signal's, then those that it is sliced by; of outcomes
/// those of score and decision, where the model has them, then the label's; of a calibration table the score's, those of the group, then the label's; of
/// residuals by group the score's, the label's, then those of the group.
/// </param>
/// <param name="Layout">Its cells.</param>
/// <param name="Counts">Reference rows by cell; as long as the layout has cells.</param>
public sealed record BaselineSignal(string Name, SignalRole Role, ImmutableArray<string> Columns, Layout Layout, ImmutableArray<long> Counts)
{
    /// <summary>
    /// Its name among the counts of a model. A group's column may also be a feature, so a group's key says that it is a group; and so do slices and pairs.
    /// </summary>
    public string Key => Role switch
    {
        SignalRole.Feature or SignalRole.Score or SignalRole.Decision => Name,
        SignalRole.Group => KeyOfGroup(Name),
        SignalRole.Pair => "pair:" + Name,
        SignalRole.Slice => $"slice:{BaselineBuilder.GroupName(SliceColumns)}:{Name}",
        SignalRole.Outcome => LabelKind switch
        {
            LabelKind.Binary => KeyOfOutcomes + Name,
            LabelKind.Number => "residual:" + Name,
            LabelKind.Class => KeyOfClasses + Name,
        },
        SignalRole.Label => "label:" + Name,
        SignalRole.Calibration => "calibration:" + Name,
        SignalRole.GroupResiduals => "residuals:" + Name,
    };

    private const string KeyOfOutcomes = "outcome:", KeyOfClasses = "classes:";

    /// <summary>What the label is that the outcomes of a model are of, which its cells say.</summary>
    public LabelKind LabelKind => Role == SignalRole.GroupResiduals ? LabelKind.Number : Layout.Kind switch
    {
        LayoutKind.Numeric => LabelKind.Number,
        LayoutKind.Joint => LabelKind.Class,
        LayoutKind.Outcome or LayoutKind.Categorical or LayoutKind.Table or LayoutKind.Sliced or LayoutKind.Calibration => LabelKind.Binary,
    };

    /// <summary>Whether a name among the counts of a model is that of its outcomes, where labels are positive or negative.</summary>
    internal static bool IsKeyOfOutcomes(string key) => key.StartsWith(KeyOfOutcomes, StringComparison.Ordinal);

    /// <summary>Whether it is that of its outcomes, where labels are classes.</summary>
    internal static bool IsKeyOfClasses(string key) => key.StartsWith(KeyOfClasses, StringComparison.Ordinal);

    /// <summary>The key of a group by its name.</summary>
    public static string KeyOfGroup(string name) => "group:" + name;

    /// <summary>It is one column over all rows: neither a table, nor slices, nor a pair.</summary>
    public bool IsColumn => Role is SignalRole.Feature or SignalRole.Score or SignalRole.Decision;

    /// <summary>It is judged over all rows as a signal: a column, or a pair of them.</summary>
    public bool IsSignal => IsColumn || Role == SignalRole.Pair;

    /// <summary>It is of the size of a feature's attribution.</summary>
    public bool IsAttribution => Derived is { As: VectorMeasure.Absolute };

    /// <summary>It is judged apart from signals, and is in no slot of a calendar: a table, or what needs the label.</summary>
    public bool IsTable => Role is SignalRole.Group or SignalRole.Outcome or SignalRole.Label or SignalRole.Calibration or SignalRole.GroupResiduals;

    /// <summary>The columns that slices are made by; empty for any other role.</summary>
    public ImmutableArray<string> SliceColumns => Role == SignalRole.Slice ? Columns[1..] : [];

    /// <summary>How it is made from <see cref="Columns"/>, where these are the numbers of a vector; null of a signal that is one column.</summary>
    public Derivation? Derived { get; init; }

    /// <summary>How its rows cluster, from small chunks of the reference to large ones; empty where that was not measured.</summary>
    public ImmutableArray<ClusterScale> Clusters { get; init; } = [];

    /// <summary>Reference rows by slot of the baseline's calendar; empty without one.</summary>
    public ImmutableArray<SlotCounts> Slots { get; init; } = [];

    /// <summary>Reference rows by cell in the hours of a stretch of event time; all of them without a calendar, or where the signal has no slots.</summary>
    /// <param name="calendar">The baseline's.</param>
    /// <param name="start">Microseconds, inclusive.</param>
    /// <param name="end">Microseconds, exclusive.</param>
    public ImmutableArray<long> CountsIn(Calendar? calendar, EventTime start, EventTime end)
    {
        if (calendar is null || Slots.IsEmpty) return Counts;
        int[] slots = [.. calendar.Of(start, end)];
        if (slots.Length == Slots.Length) return Counts;
        var counts = new long[Layout.Cells];
        foreach (int slot in slots) Slots[slot].AddTo(counts);
        return ImmutableCollectionsMarshal.AsImmutableArray(counts);
    }
}

/// <summary>Reference counts and layouts of a model, content-hashed.</summary>
/// <param name="Id">The model's id.</param>
/// <param name="Rows">Rows of the reference.</param>
/// <param name="Signals">
/// Features, score and decision, then groups, then slices, then pairs, then the outcomes, then calibration tables or residuals by group.
/// </param>
/// <param name="Hash"><c>sha256:</c> and the hash of the canonical content, which holds no paths or dates.</param>
public sealed record Baseline(string Id, long Rows, ImmutableArray<BaselineSignal> Signals, string Hash)
{
    /// <summary>Which hours of it a window is compared with; null where that is all of it.</summary>
    public Calendar? Calendar { get; init; }

    /// <summary>Of a baseline that is still to be learned: so much of the model's first rows it will be learned from. Null of all others.</summary>
    public Duration? ToLearn { get; init; }

    /// <summary>Of a baseline that was learned from a model's own rows: windows that start before this hold some of them. Null of all others.</summary>
    public EventTime? LearnedUntil { get; init; }

    /// <summary>The place of a baseline that is still to be learned: no signals, no rows, no hash.</summary>
    /// <param name="id">The model's id.</param>
    /// <param name="first">How much of the model's first rows it will be learned from.</param>
    public static Baseline Unlearned(string id, Duration first) => new(id, 0, [], "") { ToLearn = first };
}
