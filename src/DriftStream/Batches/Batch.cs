namespace DriftStream.Batches;

/// <summary>Rows of one message, as columns. A message may hold several batches of one schema.</summary>
public sealed class Batch
{
    public Batch(Schema schema)
    {
        Schema = schema;
        Columns = new Column[schema.Fields.Length];
        for (int i = 0; i < Columns.Length; i++) Columns[i] = new Column { Type = schema.Fields[i].Type };
    }

    public Schema Schema { get; }

    public int Rows { get; set; }

    /// <summary>Some column has a <see cref="Column.Refusal"/>.</summary>
    public bool HasRefusals { get; set; }

    /// <summary>In the schema's order.</summary>
    public Column[] Columns { get; }

    /// <summary>The column of that name, or null.</summary>
    public Column? Find(string name)
    {
        int index = Schema.IndexOf(name);
        return index < 0 ? null : Columns[index];
    }
}
