using System.Collections.Immutable;

namespace DriftStream.Batches;

/// <summary>One named column of a schema.</summary>
public sealed record Field(string Name, ColumnType Type, bool Nullable = true);

/// <summary>
/// The columns of a batch. Messages with the same schema bytes share one instance, so that whatever depends on
/// the schema alone can be remembered by reference.
/// </summary>
public sealed class Schema(ImmutableArray<Field> fields)
{
    /// <summary>Names and types, in the order of the columns.</summary>
    public ImmutableArray<Field> Fields { get; } = fields;

    /// <summary>The index of the first column of that name, or -1.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Fields.Length; i++)
        {
            if (Fields[i].Name == name) return i;
        }

        return -1;
    }
}
