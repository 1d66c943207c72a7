using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>A column that is looked up by name once for each schema; the messages of one producer share theirs.</summary>
internal sealed class BoundColumn(string name)
{
    private Schema? _schema;
    private int _index;

    public string Name { get; } = name;

    /// <summary>The batch's column, or null.</summary>
    public Column? In(Batch batch)
    {
        if (!ReferenceEquals(batch.Schema, _schema)) (_schema, _index) = (batch.Schema, batch.Schema.IndexOf(Name));
        return _index < 0 ? null : batch.Columns[_index];
    }
}
