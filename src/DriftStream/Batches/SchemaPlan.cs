using System.Collections.Immutable;

namespace DriftStream.Batches;

/// <summary>
/// How much of a record batch belongs to one column, or to one dictionary's values: its nodes and buffers lie one after the other.
/// </summary>
/// <param name="Name">The column's name, for messages.</param>
/// <param name="Type">The type as it can be read; for a dictionary, that of its values.</param>
/// <param name="Nodes">How many field nodes, with those of children.</param>
/// <param name="Buffers">How many buffers, without the data buffers of views.</param>
/// <param name="Views">How many view columns are in it: each has a count of data buffers.</param>
/// <param name="Dictionary">The place of the dictionary in the plan, or -1.</param>
/// <param name="Stored">The type of the indices in the batch, where a dictionary's values replace them; otherwise null.</param>
/// <param name="Runs">Where values are stored once for each run; otherwise null.</param>
/// <param name="Items">The elements of a list of numbers that is to be read; otherwise null.</param>
internal sealed record ColumnPlan(
    string Name, ColumnType Type, int Nodes, int Buffers, int Views, int Dictionary = -1, ColumnType? Stored = null, RunPlan? Runs = null,
    ColumnPlan? Items = null);

/// <summary>The two children of a run-end encoded column.</summary>
/// <param name="Ends">The row after the last of each run: integers that rise.</param>
/// <param name="Values">One for each run.</param>
internal sealed record RunPlan(ColumnPlan Ends, ColumnPlan Values);

/// <summary>What was learnt from the bytes of one schema message, and the objects that its batches are read into.</summary>
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

    /// <summary>Roughly how many bytes the plan keeps alive.</summary>
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
