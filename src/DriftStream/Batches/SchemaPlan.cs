using System.Collections.Immutable;

namespace DriftStream.Batches;

/// <summary>
/// How much of a record batch belongs to one column, or to one dictionary's values: its nodes and buffers lie one after the other.
/// </summary>
/// <param name="Name">Of the column, for messages.</param>
/// <param name="Type">As it can be read; the type of the values, for a dictionary.</param>
/// <param name="Nodes">Field nodes, children included.</param>
/// <param name="Buffers">Buffers, without the data buffers of views.</param>
/// <param name="Views">How many view columns are in it: each has a count of data buffers.</param>
/// <param name="Dictionary">The place of the dictionary in the plan, or -1.</param>
/// <param name="Stored">The type of the indices in the batch, where a dictionary's values take their place; else null.</param>
/// <param name="Runs">Where values are stored once a run; else null.</param>
internal sealed record ColumnPlan(
    string Name, ColumnType Type, int Nodes, int Buffers, int Views, int Dictionary = -1, ColumnType? Stored = null, RunPlan? Runs = null);

/// <summary>The two children of a run-end encoded column.</summary>
/// <param name="Ends">The row behind the last of each run: integers that rise.</param>
/// <param name="Values">One a run.</param>
internal sealed record RunPlan(ColumnPlan Ends, ColumnPlan Values);

/// <summary>What was learnt once from the bytes of a schema message, and the objects that its batches are read into.</summary>
internal sealed class SchemaPlan
{
    private const int ColumnWeight = 256;

    private readonly List<Batch> _batches = [];

    public SchemaPlan(
        ReadOnlySpan<byte> metadata, Schema schema, ImmutableArray<ColumnPlan> columns, ImmutableArray<DictionarySlot> dictionaries)
    {
        Metadata = metadata.ToArray();
        Schema = schema;
        Columns = columns;
        Dictionaries = dictionaries;
        int nodes = columns.Sum(c => c.Nodes), buffers = columns.Sum(c => c.Buffers), views = columns.Sum(c => c.Views);
        Whole = new ColumnPlan("", new ColumnType(ColumnKind.Unreadable, "all columns"), nodes, buffers, views);
    }

    /// <summary>The metadata of the schema message, version included: the plan is for these bytes.</summary>
    public byte[] Metadata { get; }

    public Schema Schema { get; }

    public ImmutableArray<ColumnPlan> Columns { get; }

    public ImmutableArray<DictionarySlot> Dictionaries { get; }

    /// <summary>All columns together.</summary>
    public ColumnPlan Whole { get; }

    /// <summary>Bytes that the plan keeps alive, about.</summary>
    public long Weight
    {
        get
        {
            long weight = Metadata.Length + ((_batches.Count + 2L) * Columns.Length * ColumnWeight);
            foreach (DictionarySlot dictionary in Dictionaries) weight += dictionary.Weight;
            return weight;
        }
    }

    /// <summary>The batch that the message's batch of that number is read into.</summary>
    public Batch Batch(int number)
    {
        if (number == _batches.Count) _batches.Add(new Batch(Schema));
        return _batches[number];
    }
}
