using System.Collections.Immutable;
using System.Text;

namespace DriftStream.Batches;

/// <summary>Reads one schema message into a plan. Work and memory are bounded by the message, whatever its offsets share.</summary>
internal sealed class SchemaWalk(InputLimits limits, bool unionBitmap, bool binary, IReadOnlySet<string> lists)
{
    private const int DeepestField = 64;
    private const byte List = 12, FixedSizeList = 16, LargeList = 21, RunEndEncoded = 22;

    private static readonly Reject Outside = new(RejectReason.Malformed, "the schema points outside its own bytes");

    private readonly Dictionary<long, int> _places = [];
    private readonly List<DictionarySlot> _dictionaries = [];
    private int _fields;
    private long _nameBytes;

    /// <summary>Reads a Schema table.</summary>
    public Reject? Read(FlatTable schema, ReadOnlySpan<byte> metadata, out SchemaPlan? plan)
    {
        plan = null;
        if (schema.Int16(0) != 0)
            return new Reject(RejectReason.Unsupported, "the schema says big-endian; only little-endian streams are read");
        int count = schema.Count(1);
        if (count > limits.Columns) return TooMany();
        var fields = ImmutableArray.CreateBuilder<Field>(count);
        var columns = ImmutableArray.CreateBuilder<ColumnPlan>(count);
        for (int i = 0; i < count; i++)
        {
            FlatTable field = schema.Item(1, i);
            if (Read(field, 0, metadata.Length, out ColumnPlan? column) is { } reject) return reject;
            fields.Add(new Field(column!.Name, column.Type, field.UInt8(1) != 0));
            columns.Add(column);
        }

        if (schema.Broken) return Outside;
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        foreach (Field field in fields)
        {
            if (!names.Add(field.Name))
                return new Reject(RejectReason.ColumnType, $"two columns are called {Quote(field.Name)}; nobody can say which one is meant");
        }

        var read = new Schema(fields.MoveToImmutable());
        plan = new SchemaPlan(metadata, read, columns.MoveToImmutable(), [.. _dictionaries]);
        return null;
    }

    private Reject? Read(FlatTable field, int depth, int metadataLength, out ColumnPlan? plan)
    {
        plan = null;
        if (++_fields > limits.Columns) return TooMany();
        if (depth > DeepestField) return new Reject(RejectReason.LimitExceeded, $"columns are nested more than {DeepestField} deep");
        ReadOnlySpan<byte> utf8 = field.Vector(0, 1);
        if ((_nameBytes += utf8.Length) > metadataLength) return new Reject(RejectReason.Malformed, "names of columns overlap");
        string name = Encoding.UTF8.GetString(utf8);
        TypeLayout? known = ArrowTypes.Read(field.UInt8(2), field.Table(3), unionBitmap, binary);
        if (field.Broken) return Outside;
        if (known is not { } layout)
            return new Reject(RejectReason.Unsupported, $"column {Quote(name)} has no type that Arrow knows (number {field.UInt8(2)})");

        int nodes = 1, buffers = layout.Buffers, views = layout.IsView ? 1 : 0;
        var inside = new List<ColumnPlan>();
        for (int i = 0, children = field.Count(5); i < children; i++)
        {
            if (Read(field.Item(5, i), depth + 1, metadataLength, out ColumnPlan? child) is { } reject) return reject;
            nodes += child!.Nodes;
            buffers += child.Buffers;
            views += child.Views;
            inside.Add(child);
        }

        if (field.Broken) return Outside;
        plan = new ColumnPlan(name, nodes == 1 ? layout.Type : Unreadable(layout.Type.Name), nodes, buffers, views);
        if (field.UInt8(2) == RunEndEncoded && inside is [var ends, var values]) plan = AsRuns(plan, ends, values);
        if (depth == 0 && lists.Contains(name) && inside is [var items]) plan = AsList(plan, field.UInt8(2), field.Table(3).Int32(0), items);
        if (field.Broken) return Outside;
        FlatTable encoding = field.Table(4);
        return encoding.IsAbsent ? null : Encode(encoding, ref plan);
    }

    // Runs of numbers are read as numbers; runs of texts as a dictionary with one value for each run.
    private static ColumnPlan AsRuns(ColumnPlan plan, ColumnPlan ends, ColumnPlan values)
    {
        string name = plan.Type.Name;
        bool known = ends is { Type.Kind: ColumnKind.Int16 or ColumnKind.Int32 or ColumnKind.Int64, Nodes: 1, Stored: null } && values.Runs is null;
        ColumnType? type = values.Type.Kind switch
        {
            ColumnKind.Null => new ColumnType(ColumnKind.Null, name),
            ColumnKind.Utf8 or ColumnKind.LargeUtf8 or ColumnKind.Utf8View => new ColumnType(ColumnKind.Dictionary, name, Index: ColumnKind.Int32),
            ColumnKind.Dictionary => values.Type with { Name = name },
            _ => ColumnGather.CanRead(values.Type) ? values.Type with { Name = name } : null,
        };
        return known && type is not null ? plan with { Type = type, Dictionary = values.Dictionary, Runs = new RunPlan(ends, values) } : plan;
    }

    // A list of plain numbers that somebody asked for. A vector of more elements is refused where its length is known, as one of many columns is.
    private static ColumnPlan AsList(ColumnPlan plan, byte type, int length, ColumnPlan items)
    {
        bool plain = items is { Type.IsNumber: true, Nodes: 1, Dictionary: < 0, Runs: null };
        int width = type switch { List => sizeof(int), LargeList => sizeof(long), _ => 0 };
        if (!plain || (width == 0 && (type != FixedSizeList || length < 1))) return plan;
        var read = new ColumnType(ColumnKind.Unreadable, $"{plan.Type.Name}<{items.Type.Name}>", Width: width)
        {
            Items = items.Type,
            ListLength = width == 0 ? length : 0,
        };
        return plan with { Type = read, Items = items };
    }

    // A dictionary column holds indices; what has been read so far describes the values, which come in messages of their own.
    private Reject? Encode(FlatTable encoding, ref ColumnPlan plan)
    {
        FlatTable indexTable = encoding.Table(1);
        ColumnType? index = indexTable.IsAbsent ? new ColumnType(ColumnKind.Int32, "int32") : ArrowTypes.Integer(indexTable);
        long id = encoding.Int64(0);
        if (index is null || encoding.Broken)
            return new Reject(RejectReason.Malformed, $"the indices of column {Quote(plan.Name)} are no integers");
        if (!_places.TryGetValue(id, out int place))
        {
            place = _dictionaries.Count;
            _places.Add(id, place);
            _dictionaries.Add(new DictionarySlot(id, plan));
        }

        ColumnPlan values = _dictionaries[place].Values;
        if ((values.Type, values.Nodes, values.Buffers, values.Views) != (plan.Type, plan.Nodes, plan.Buffers, plan.Views))
            return new Reject(RejectReason.Malformed, $"column {Quote(plan.Name)} shares dictionary {id} with a column of another type");
        string name = $"dictionary<{index.Name}, {values.Type.Name}>";
        var indices = new ColumnType(ColumnKind.Dictionary, name, Index: index.Kind);
        bool plain = values is { Runs: null, Stored: null, Type.Kind: not ColumnKind.Dictionary };
        bool texts = plain && (values.Type.IsText || values.Type.Kind == ColumnKind.Null), others = plain && ColumnGather.CanRead(values.Type);
        ColumnType type = texts ? indices : others ? values.Type with { Name = name } : Unreadable(name);
        plan = new ColumnPlan(plan.Name, type, 1, 2, 0, place, others ? indices : null);
        return null;
    }

    /// <summary>A column's name for a message, cut short, since names can be as long as a message.</summary>
    public static string Quote(string name) => name.Length <= 64 ? $"'{name}'" : $"'{name[..64]}...'";

    private static ColumnType Unreadable(string name) => new(ColumnKind.Unreadable, name);

    private Reject TooMany() =>
        new(RejectReason.LimitExceeded, $"the schema has more than {limits.Columns} columns, those inside columns included");
}
