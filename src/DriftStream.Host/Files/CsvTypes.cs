using System.Globalization;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Which type a CSV column has: what all its values allow.</summary>
internal sealed class CsvTypes
{
    /// <summary>The rule in words, for people, where types were found and not stated.</summary>
    public const string Rule = "each the first of int64, float64, bool, ISO 8601 time and text that all values in the whole file allow; "
        + "empty is null, and so are NA, N/A, NULL and None but in a text";

    // With more numbers than this share of its values, a column was hardly meant to be text.
    private const double MostlyNumbers = 0.9;

    private bool _int64 = true, _float64 = true, _bool = true, _time = true;
    private long _values, _numbers, _commas, _none, _oddRow, _commaRow;
    private string? _odd, _comma;

    public ColumnKind Kind => _values == 0 ? (_none > 0 ? ColumnKind.Float64 : ColumnKind.Null)
        : _int64 ? ColumnKind.Int64
        : _float64 ? ColumnKind.Float64
        : _bool ? ColumnKind.Bool
        : _time ? ColumnKind.Timestamp
        : ColumnKind.Dictionary;

    public void See(ReadOnlySpan<char> value, long row)
    {
        if (value.IsEmpty) return;
        if (CsvValues.IsNone(value))
        {
            _none++;
            return;
        }

        _values++;
        bool isInteger = CsvValues.TryInt64(value, out _);
        bool isNumber = CsvValues.TryFloat64(value, out double number);
        _int64 &= isInteger;
        _float64 &= isNumber && !CsvValues.IsRounded(value, number);
        _bool = _bool && CsvValues.TryBool(value, out _);
        _time = _time && CsvValues.TryTime(value, out _);
        if (isNumber) _numbers++;
        else if (CsvValues.IsCommaNumber(value)) SeeComma(value, row);
        else if (_odd is null) (_odd, _oddRow) = (CsvValues.Shown(value), row);
    }

    private void SeeComma(ReadOnlySpan<char> value, long row)
    {
        _commas++;
        if (_comma is null) (_comma, _commaRow) = (CsvValues.Shown(value), row);
    }

    /// <summary>Where all values would be numbers but for commas, which may be decimal or group thousands: the row and text of the first comma.</summary>
    public (long Row, string Text)? Comma => _commas > 0 && _commas + _numbers == _values ? (_commaRow, _comma!) : null;

    /// <summary>What somebody should know who thinks that the column holds numbers; or null.</summary>
    public string? Note(string name) => Kind == ColumnKind.Dictionary && _odd is not null && _numbers >= MostlyNumbers * _values
        ? string.Create(CultureInfo.InvariantCulture,
            $"column '{name}' is read as text: {_numbers:N0} of {_values:N0} values are numbers, '{_odd}' in row {_oddRow} is none")
        : null;

    public static ColumnType TypeOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Null => ColumnTypes.Null,
        ColumnKind.Int64 => ColumnTypes.Int64,
        ColumnKind.Float64 => ColumnTypes.Float64,
        ColumnKind.Bool => ColumnTypes.Bool,
        ColumnKind.Timestamp => ColumnTypes.Time,
        ColumnKind.Dictionary => ColumnTypes.Category,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a CSV column is Int64, Float64, Bool, Timestamp or Dictionary"),
    };
}
