using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>The values of one CSV column since the last batch.</summary>
internal sealed class CsvColumn(ColumnKind kind)
{
    private readonly List<long?> _integers = [];
    private readonly List<double?> _floats = [];
    private readonly List<int> _codes = [];
    private readonly TextDictionary _texts = new();
    private int _rows;

    /// <summary>What values are expected to be, for messages.</summary>
    public string Expected => kind switch
    {
        ColumnKind.Int64 => "an int64",
        ColumnKind.Float64 => "a number",
        ColumnKind.Timestamp => "an ISO 8601 time",
        _ => "empty",
    };

    /// <summary>False where the value is not of the column's type.</summary>
    public bool TryAdd(ReadOnlySpan<char> value)
    {
        _rows++;
        switch (kind)
        {
            case ColumnKind.Int64:
                bool isInteger = CsvTypes.TryInt64(value, out long integer);
                _integers.Add(isInteger ? integer : null);
                return isInteger || value.IsEmpty;
            case ColumnKind.Float64:
                bool isNumber = CsvTypes.TryFloat64(value, out double number);
                _floats.Add(isNumber ? number : null);
                return isNumber || value.IsEmpty;
            case ColumnKind.Timestamp:
                bool isTime = CsvTypes.TryTime(value, out long time);
                _integers.Add(isTime ? time : null);
                return isTime || value.IsEmpty;
            case ColumnKind.Dictionary:
                _codes.Add(value.IsEmpty ? ColumnCodes.NoCode : _texts.Code(value));
                return true;
            default:
                return value.IsEmpty;
        }
    }

    /// <summary>The column of the values added, and an empty start for the next.</summary>
    public Column Take()
    {
        Column column = kind switch
        {
            ColumnKind.Int64 => Columns.Of<long>(_integers.ToArray()),
            ColumnKind.Float64 => Columns.Of<double>(_floats.ToArray()),
            ColumnKind.Timestamp => Columns.Times(_integers.ToArray()),
            ColumnKind.Dictionary => _texts.Column(_codes.ToArray()),
            _ => Columns.Nulls(_rows),
        };
        _integers.Clear();
        _floats.Clear();
        _codes.Clear();
        _rows = 0;
        return column;
    }
}
