namespace DriftStream.Batches;

/// <summary>What the values of a JSON column are read as.</summary>
public enum JsonKind : byte
{
    /// <summary>Numbers and booleans (1 and 0), as doubles.</summary>
    Number,
    /// <summary>Text; booleans and numbers by their text, so that 1 and 1.0 are one category.</summary>
    Category,
    /// <summary>ISO 8601 text (<see cref="IsoTime"/>), or integers of a known unit.</summary>
    Time,
}

/// <summary>A column to be read from JSON rows.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Kind">What its values are; a value of another kind is refused.</param>
/// <param name="Path">Where it lies inside a row.</param>
/// <param name="Integers">The unit of integer times; null where only text is a time.</param>
public sealed record JsonColumn(string Name, JsonKind Kind, JsonPath Path, TimeUnit? Integers = null)
{
    /// <summary>The type of the column in batches.</summary>
    public ColumnType Type => Kind switch
    {
        JsonKind.Number => ColumnTypes.Float64,
        JsonKind.Time => ColumnTypes.Time,
        _ => ColumnTypes.TextView,
    };
}
