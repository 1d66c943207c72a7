namespace DriftStream.Batches;

/// <summary>Rows of one message, as columns. A message may hold several batches of one schema.</summary>
public sealed class Batch
{
    /// <summary>A batch without rows, with an empty column for each field.</summary>
    public Batch(Schema schema)
    {
        Schema = schema;
        Columns = new Column[schema.Fields.Length];
        for (int i = 0; i < Columns.Length; i++) Columns[i] = new Column { Type = schema.Fields[i].Type };
    }

    /// <summary>Names and types of the columns.</summary>
    public Schema Schema { get; }

    /// <summary>The number of rows, which every column has.</summary>
    public int Rows
    {
        get;
        set => (field, Filled) = (value, unchecked(Filled + 1));
    }

    /// <summary>How often it has been given rows: readers use a batch again for the next message.</summary>
    internal int Filled { get; private set; }

    /// <summary>Some column has a <see cref="Column.Refusal"/>.</summary>
    public bool HasRefusals { get; set; }

    /// <summary>The columns in the schema's order.</summary>
    public Column[] Columns { get; }

    /// <summary>The column of that name, or null.</summary>
    public Column? Find(string name)
    {
        int index = Schema.IndexOf(name);
        return index < 0 ? null : Columns[index];
    }
}
