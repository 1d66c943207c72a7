namespace DriftStream.Batches;

/// <summary>Puts columns of equal length (<see cref="Columns"/>) together into a batch.</summary>
public sealed class BatchBuilder
{
    private readonly List<Field> _fields = [];
    private readonly List<Column> _columns = [];

    /// <exception cref="ArgumentException">The column has another number of rows than those before it.</exception>
    public BatchBuilder Add(string name, Column column)
    {
        if (_columns.Count > 0 && column.Rows != _columns[0].Rows)
            throw new ArgumentException($"column '{name}' has {column.Rows} rows, not {_columns[0].Rows}", nameof(column));
        _fields.Add(new Field(name, column.Type));
        _columns.Add(column);
        return this;
    }

    /// <summary>The batch of the columns added.</summary>
    /// <param name="schema">The schema of these columns, where several batches are to share one; made from them where null.</param>
    /// <exception cref="ArgumentException">The columns are not those of the schema.</exception>
    public Batch Build(Schema? schema = null)
    {
        schema ??= new Schema([.. _fields]);
        if (!schema.Fields.Select(f => (f.Name, f.Type)).SequenceEqual(_fields.Select(f => (f.Name, f.Type))))
            throw new ArgumentException("the columns are not those of the schema", nameof(schema));
        var batch = new Batch(schema) { Rows = _columns.Count > 0 ? _columns[0].Rows : 0 };
        for (int i = 0; i < _columns.Count; i++) batch.Columns[i] = _columns[i];
        return batch;
    }
}
