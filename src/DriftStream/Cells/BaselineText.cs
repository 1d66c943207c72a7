using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Time;

namespace DriftStream.Cells;

/// <summary>
/// Reads the JSON of a <see cref="BaselineFile"/>, token by token: nearly all of it are edges and counts, of which a document would make a copy first. What it
/// does not know is passed over, and the order of properties means nothing.
/// </summary>
internal static class BaselineText
{
    /// <summary>The baseline, without a hash.</summary>
    /// <exception cref="FormatException">A value is missing, or contradicts another one.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">A value is of another type.</exception>
    /// <exception cref="ArgumentException">A layout cannot be as it is written.</exception>
    public static Baseline Read(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        (string? id, long? rows, Calendar? calendar, ImmutableArray<BaselineSignal>? signals) = (null, null, null, null);
        json.Read();
        Open(ref json, JsonTokenType.StartObject);
        while (Property(ref json) is { } name)
        {
            switch (name)
            {
                case "id": id = Text(ref json); break;
                case "rows": rows = json.GetInt64(); break;
                case "calendar": calendar = ReadCalendar(ref json); break;
                case "signals": signals = List(ref json, ReadSignal); break;
                default: json.Skip(); break;
            }
        }

        json.Read(); // Throws where something follows.
        foreach (BaselineSignal signal in Needed(signals, "signals"))
        {
            int slots = signal.Slots.IsEmpty ? calendar?.Hours.Length ?? 0 : signal.Slots.Length;
            if (slots != (calendar?.Hours.Length ?? 0)) throw new FormatException($"signal '{signal.Name}' has {slots} slots, unlike the calendar");
            if (signal.Role is SignalRole.Calibration or SignalRole.GroupResiduals) CheckKin(signal, signals!.Value);
        }

        return new Baseline(Needed(id, "id"), Needed(rows, "rows"), signals!.Value, "") { Calendar = calendar };
    }

    private static Calendar ReadCalendar(ref Utf8JsonReader json)
    {
        (CalendarKind? kind, ImmutableArray<int>? hours, string? zone) = (null, null, null);
        Open(ref json, JsonTokenType.StartObject);
        while (Property(ref json) is { } name)
        {
            switch (name)
            {
                case "kind": kind = OneOf<CalendarKind>(ref json); break;
                case "zone": zone = Text(ref json); break;
                case "hours": hours = List(ref json, static (ref j) => j.GetInt32()); break;
                default: json.Skip(); break;
            }
        }

        var calendar = new Calendar(Needed(kind, "kind"), Needed(hours, "hours"));
        if (calendar.Hours.Length != Calendar.Slots(calendar.Kind)) throw new FormatException($"the calendar has {calendar.Hours.Length} slots");
        if (zone is null) return calendar;
        return Zone.TryFind(zone, out Zone? found) ? calendar with { Zone = found } : throw new FormatException($"there is no zone '{zone}'");
    }

    private static BaselineSignal ReadSignal(ref Utf8JsonReader json)
    {
        (string? name, SignalRole? role, ImmutableArray<string>? columns, ImmutableArray<long>? counts) = (null, null, null, null);
        (VectorMeasure? measure, long? seed, int length) = (null, null, 0);
        (ImmutableArray<ClusterScale> clusters, ImmutableArray<SlotCounts> slots) = ([], []);
        var cells = new LayoutText();
        Open(ref json, JsonTokenType.StartObject);
        while (Property(ref json) is { } property)
        {
            switch (property)
            {
                case "name": name = Text(ref json); break;
                case "role": role = OneOf<SignalRole>(ref json); break;
                case "columns": columns = List(ref json, Text); break;
                case "counts": counts = List(ref json, static (ref j) => j.GetInt64()); break;
                case "as": measure = OneOf<VectorMeasure>(ref json); break;
                case "seed": seed = json.GetInt64(); break;
                case "length": length = json.GetInt32(); break;
                case "clusters": clusters = List(ref json, ReadScale); break;
                case "slots": slots = List(ref json, ReadSlot); break;
                default: cells.Read(property, ref json); break;
            }
        }

        Derivation? derived = measure is { } of ? new Derivation(of, Needed(seed, "seed")) { Length = length } : null;
        var signal = new BaselineSignal(
            Needed(name, "name"), Needed(role, "role"), Needed(columns, "columns"), cells.Layout(), Needed(counts, "counts"))
        {
            Derived = derived,
            Clusters = clusters,
            Slots = slots,
        };
        Check(signal);
        return signal;
    }

    private static void Check(BaselineSignal signal)
    {
        (string name, SignalRole role, Layout layout) = (signal.Name, signal.Role, signal.Layout);
        if (signal.Counts.Length != layout.Cells) throw new FormatException($"signal '{name}' has {signal.Counts.Length} counts for {layout.Cells} cells");
        foreach (long count in signal.Counts)
        {
            if (count < 0) throw new FormatException($"signal '{name}' has a negative count");
        }

        if (layout.Kind == LayoutKind.Table != (role == SignalRole.Group)
            || layout.Kind == LayoutKind.Sliced != (role is SignalRole.Slice or SignalRole.GroupResiduals)
            || !IsOf(layout.Kind, role))
            throw new FormatException($"signal '{name}' is a {role} with cells of the kind {layout.Kind}");
        int columns = signal.Columns.Length;
        bool fits = layout.Kind switch
        {
            LayoutKind.Numeric when JoinedSignals.IsOfLabelsAlone(signal) => signal.Derived is null && columns == 2,
            LayoutKind.Numeric when signal.Derived is { } derived => IsVector(columns, derived) && role == SignalRole.Feature,
            LayoutKind.Numeric or LayoutKind.Categorical => columns == 1 && signal.Derived is null,
            LayoutKind.Table => columns >= 1 && signal.Derived is null,
            LayoutKind.Sliced when role == SignalRole.GroupResiduals => signal.Derived is null && columns >= 3 && !layout.Folded,
            LayoutKind.Sliced => signal.Derived is null && layout.Slices.All(s => s.Length == columns - 1),
            // The label's, with score or decision or both; scores have edges.
            LayoutKind.Outcome => signal.Derived is null && (layout.Inner!.Edges.IsEmpty ? columns == 2 : columns is 2 or 3),
            LayoutKind.Joint => signal.Derived is null && columns == 2,
            LayoutKind.Calibration => signal.Derived is null && columns >= 3,
        };
        if (!fits) throw new FormatException($"signal '{name}' has {columns} columns");
        bool ascend = signal.Clusters.Zip(signal.Clusters.Skip(1)).All(pair => pair.First.Rows < pair.Second.Rows);
        if (!ascend || !signal.Clusters.All(s => s is { Rows: > 0, Chunks: > 0, Cells: >= 1, Spread: >= 1, Ranks: >= 1 } && s.Worst >= s.Cells))
            throw new FormatException("the scales of clusters are not what a build measures");
        foreach (SlotCounts slot in signal.Slots) Check(slot, layout.Cells);
    }

    // A joiner knows of a prediction the cells that it has in the table of the group and in that of outcomes.
    private static void CheckKin(BaselineSignal calibration, ImmutableArray<BaselineSignal> signals)
    {
        if (calibration.Role == SignalRole.GroupResiduals)
        {
            CheckResiduals(calibration, JoinedSignals.OutcomeOf(signals));
            return;
        }

        BaselineSignal? group = signals.FirstOrDefault(s => s.Role == SignalRole.Group && s.Name == calibration.Name);
        BaselineSignal? outcome = JoinedSignals.OutcomeOf(signals);
        bool fits = group is { Layout.Labelled: true } && outcome is { Layout: { Kind: LayoutKind.Outcome, Inner.Edges.IsEmpty: false } };
        BaselineSignal? kin = fits ? CalibrationCells.Signal(group!, outcome!) : null;
        if (kin is null || kin.Layout.Key != calibration.Layout.Key || !kin.Columns.SequenceEqual(calibration.Columns))
            throw new FormatException($"the calibration table of '{calibration.Name}' is not of the cells of its group and of the outcomes");
    }

    // Each group has the cells that all residuals of the model have.
    private static void CheckResiduals(BaselineSignal table, BaselineSignal? residuals)
    {
        BaselineSignal? kin = residuals?.LabelKind == LabelKind.Number && table.Layout.Slices.All(s => s.Length == 1)
            ? GroupResidualCells.Signal(GroupResidualCells.GroupOf(table), table.Layout.Slices.Select(s => s[0]), residuals)
            : null;
        if (kin is null || kin.Layout.Key != table.Layout.Key || !kin.Columns.SequenceEqual(table.Columns) || kin.Name != table.Name)
            throw new FormatException($"the residuals by '{table.Name}' are not of the cells of the model's residuals");
    }

    // Outcomes are in cells of their own, residuals, or decision x label of the same classes.
    private static bool IsOf(LayoutKind kind, SignalRole role) => role switch
    {
        SignalRole.Outcome => kind is LayoutKind.Outcome or LayoutKind.Numeric or LayoutKind.Joint,
        SignalRole.Label => kind == LayoutKind.Numeric,
        SignalRole.Pair => kind == LayoutKind.Joint,
        SignalRole.Calibration => kind == LayoutKind.Calibration,
        SignalRole.GroupResiduals => kind == LayoutKind.Sliced,
        SignalRole.Feature or SignalRole.Score or SignalRole.Decision or SignalRole.Group or SignalRole.Slice =>
            kind is not (LayoutKind.Outcome or LayoutKind.Joint or LayoutKind.Calibration),
    };

    // Of several columns, or of one with lists, or of the sizes of one.
    private static bool IsVector(int columns, Derivation derived) => columns == 1 && derived.As != VectorMeasure.Absolute
        ? derived.Length is >= Derivation.LeastLength and <= Derivation.MostLength
        : derived.Length == 0 && (columns > 1 ? derived.As != VectorMeasure.Absolute : columns == 1);

    private static void Check(SlotCounts slot, int most)
    {
        bool ascend = slot.Cells.Zip(slot.Cells.Skip(1)).All(pair => pair.First < pair.Second);
        if (!ascend || slot.Counts.Any(c => c <= 0) || (slot.Cells.Length > 0 && (slot.Cells[0] < 0 || slot.Cells[^1] >= most)))
            throw new FormatException("a slot's cells are not ascending, or have no rows");
    }

    private static ClusterScale ReadScale(ref Utf8JsonReader json)
    {
        Open(ref json, JsonTokenType.StartArray);
        double rows = Number(ref json);
        json.Read();
        var scale = new ClusterScale(rows, json.GetInt32(), Number(ref json), Number(ref json), Number(ref json), Number(ref json));
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) json.Skip();
        return scale;

        static double Number(ref Utf8JsonReader json)
        {
            json.Read();
            return json.GetDouble();
        }
    }

    private static SlotCounts ReadSlot(ref Utf8JsonReader json)
    {
        ImmutableArray<int> numbers = List(ref json, static (ref j) => j.GetInt32());
        if (numbers.Length % 2 != 0) throw new FormatException("a slot has a cell without rows");
        return new SlotCounts([.. numbers.Where((_, i) => i % 2 == 0)], [.. numbers.Where((_, i) => i % 2 == 1)]);
    }

    private static double Edge(ref Utf8JsonReader json)
    {
        Span<byte> text = stackalloc byte[BaselineFile.LongestEdge];
        if (json.TokenType != JsonTokenType.String || json.ValueSpan.Length > text.Length * 6) throw new FormatException("an edge is no number in a text");
        int length = json.CopyString(text);
        return Utf8Parser.TryParse(text[..length], out double edge, out int read) && read == length
            ? edge
            : throw new FormatException($"the edge '{json.GetString()}' is no number");
    }

    private delegate T Reading<T>(ref Utf8JsonReader json);

    private static ImmutableArray<T> List<T>(ref Utf8JsonReader json, Reading<T> read)
    {
        Open(ref json, JsonTokenType.StartArray);
        var items = ImmutableArray.CreateBuilder<T>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) items.Add(read(ref json));
        return items.DrainToImmutable();
    }

    // The next property's name, with the reader at its value; null at the end of the object.
    private static string? Property(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType == JsonTokenType.EndObject) return null;
        string name = json.GetString()!;
        json.Read();
        return name;
    }

    private static void Open(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (json.TokenType != type) throw new FormatException($"a {json.TokenType} where a {type} belongs");
    }

    private static string Text(ref Utf8JsonReader json) => json.GetString() ?? throw new FormatException("a text is null");

    private static T OneOf<T>(ref Utf8JsonReader json) where T : struct, Enum =>
        Text(ref json) is var text && Enum.TryParse(text, out T value) && Enum.IsDefined(value)
            ? value
            : throw new FormatException($"'{text}' is no {typeof(T).Name}");

    private static T Needed<T>(T? value, string name) where T : struct => value ?? throw Lacks(name);

    private static string Needed(string? value, string name) => value ?? throw Lacks(name);

    private static FormatException Lacks(string name) => new($"it lacks '{name}'");

    /// <summary>The fields of a layout, which stand among those of a signal.</summary>
    private sealed class LayoutText
    {
        private LayoutKind? _kind;
        private ImmutableArray<double>? _edges;
        private ImmutableArray<string>? _categories;
        private ImmutableArray<ImmutableArray<string>>? _slices;
        private bool? _exact, _labelled, _folded, _secondFolded;
        private LayoutText? _inner, _second;

        public void Read(string property, ref Utf8JsonReader json)
        {
            switch (property)
            {
                case "kind": _kind = OneOf<LayoutKind>(ref json); break;
                case "edges": _edges = List(ref json, Edge); break;
                case "categories": _categories = List(ref json, Text); break;
                case "slices": _slices = List(ref json, static (ref j) => List(ref j, Text)); break;
                case "exact": _exact = json.GetBoolean(); break;
                case "labelled": _labelled = json.GetBoolean(); break;
                case "folded": _folded = json.GetBoolean(); break;
                case "second_folded": _secondFolded = json.GetBoolean(); break;
                case "inner": _inner = ReadInner(ref json); break;
                case "second": _second = ReadInner(ref json); break;
                default: json.Skip(); break;
            }
        }

        public Layout Layout() => Needed(_kind, "kind") switch
        {
            LayoutKind.Numeric => Cells.Layout.Numeric(Needed(_edges, "edges"), Needed(_exact, "exact")),
            LayoutKind.Categorical => Cells.Layout.Categorical(Needed(_categories, "categories")),
            LayoutKind.Table => Cells.Layout.Table(Needed(_categories, "categories"), Needed(_labelled, "labelled")),
            LayoutKind.Sliced => Cells.Layout.Sliced(Needed(_slices, "slices"), (_inner ?? throw Lacks("inner")).Layout(), Needed(_folded, "folded")),
            LayoutKind.Outcome => Cells.Layout.Outcome((_inner ?? throw Lacks("inner")).Layout()),
            LayoutKind.Joint => Cells.Layout.Joint(
                (_inner ?? throw Lacks("inner")).Layout(), (_second ?? throw Lacks("second")).Layout(),
                Needed(_folded, "folded"), Needed(_secondFolded, "second_folded")),
            LayoutKind.Calibration => Cells.Layout.Calibration(Needed(_categories, "categories"), (_inner ?? throw Lacks("inner")).Layout()),
        };

        private static LayoutText ReadInner(ref Utf8JsonReader json)
        {
            var inner = new LayoutText();
            Open(ref json, JsonTokenType.StartObject);
            while (Property(ref json) is { } name) inner.Read(name, ref json);
            return inner;
        }
    }
}
