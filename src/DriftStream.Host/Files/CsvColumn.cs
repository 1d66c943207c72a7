using System.Collections.Immutable;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>The values of one CSV column since the last batch.</summary>
/// <param name="name">The column's name, for messages.</param>
/// <param name="kind">What the values are.</param>
/// <param name="categories">The categories that the baseline knows, or none.</param>
internal sealed class CsvColumn(string name, ColumnKind kind, ImmutableArray<string> categories)
{
    private readonly List<long?> _integers = [];
    private readonly List<double?> _floats = [];
    private readonly List<bool?> _bools = [];
    private readonly List<int> _codes = [];
    private readonly List<int> _refused = [];
    private readonly TextDictionary _texts = new();
    private readonly bool _ofBools = !categories.IsEmpty && categories.All(c => c is "true" or "false");
    private readonly bool _ofNumbers = !categories.IsEmpty && categories.All(IsNumber);
    private Reject? _refusal;
    private int _rows;

    /// <summary>Adds the value of the next row; one that is not of the column's type refuses the row.</summary>
    /// <param name="value">The text in the file, without quotes.</param>
    /// <param name="row">The row's number, for messages.</param>
    public void Add(ReadOnlySpan<char> value, long row)
    {
        string? problem = kind switch
        {
            ColumnKind.Dictionary => AddText(value),
            ColumnKind.Int64 => AddInteger(value),
            ColumnKind.Float64 => AddNumber(value),
            ColumnKind.Bool => AddBool(value),
            ColumnKind.Timestamp => AddTime(value),
            _ => null,
        };
        if (problem is not null) Refuse(row, $"column '{name}': '{CsvValues.Shown(value)}' {problem}");
        _rows++;
    }

    /// <summary>Adds a row that cannot be read.</summary>
    public void Skip(long row, string problem)
    {
        Add(default, row);
        _rows--;
        Refuse(row, problem);
        _rows++;
    }

    /// <summary>The column of the values added; the next one starts empty.</summary>
    public Column Take()
    {
        Column column = kind switch
        {
            ColumnKind.Int64 => Columns.Of<long>(_integers.ToArray()),
            ColumnKind.Float64 => Columns.Of<double>(_floats.ToArray()),
            ColumnKind.Bool => Columns.Of(_bools.ToArray()),
            ColumnKind.Timestamp => Columns.Times(_integers.ToArray()),
            ColumnKind.Dictionary => _texts.Column(_codes.ToArray()),
            _ => Columns.Nulls(_rows),
        };
        if (_refusal is not null)
        {
            byte[] bits = new byte[(_rows + 7) / 8];
            foreach (int row in _refused) bits[row >> 3] |= (byte)(1 << (row & 7));
            (column.Refused, column.Refusal) = (bits, _refusal);
        }

        _integers.Clear();
        _floats.Clear();
        _bools.Clear();
        _codes.Clear();
        _refused.Clear();
        (_rows, _refusal) = (0, null);
        return column;
    }

    private void Refuse(long row, string problem)
    {
        _refused.Add(_rows);
        _refusal ??= new Reject(kind == ColumnKind.Timestamp ? RejectReason.TimeUnreadable : RejectReason.ValueType, $"row {row}, {problem}");
    }

    private string? AddInteger(ReadOnlySpan<char> value)
    {
        bool read = CsvValues.TryInt64(value, out long integer);
        _integers.Add(read ? integer : null);
        return read || CsvValues.IsNone(value) ? null : "is no integer of 64 bits";
    }

    private string? AddNumber(ReadOnlySpan<char> value)
    {
        bool read = CsvValues.TryFloat64(value, out double number);
        if (!read && CsvValues.TryBool(value, out bool yes)) (read, number) = (true, yes ? 1 : 0); // as in JSON
        string? problem = !read && !CsvValues.IsNone(value) ? Problem(value)
            : read && CsvValues.IsRounded(value, number) ? "is an integer beyond 2^53, which a double does not hold exactly"
            : null;
        _floats.Add(read && problem is null ? number : null);
        return problem;
    }

    private string? AddBool(ReadOnlySpan<char> value)
    {
        bool read = CsvValues.TryBool(value, out bool yes);
        _bools.Add(read ? yes : null);
        return read || CsvValues.IsNone(value) ? null : "is neither true nor false";
    }

    private string? AddTime(ReadOnlySpan<char> value)
    {
        bool read = CsvValues.TryTime(value, out long time);
        _integers.Add(read ? time : null);
        return read || CsvValues.IsNone(value) ? null : "is no ISO 8601 time";
    }

    private string? AddText(ReadOnlySpan<char> value)
    {
        Span<byte> text = stackalloc byte[NumberText.Longest];
        if (value.IsEmpty) _codes.Add(ColumnCodes.NoCode);
        // Where the baseline holds booleans or numbers, True is true and 1.0 is 1; a text such as 01016 stays what it is.
        else if (_ofBools && CsvValues.TryBool(value, out bool yes)) _codes.Add(_texts.Code(yes ? "true" : "false"));
        else if (_ofNumbers && value.Contains('.') && CsvValues.TryFloat64(value, out double number) && double.IsFinite(number))
            _codes.Add(_texts.Code(text[..NumberText.Write(number, text)]));
        else if ((_ofBools || _ofNumbers) && CsvValues.IsNone(value)) _codes.Add(ColumnCodes.NoCode);
        else _codes.Add(_texts.Code(value));
        return null;
    }

    private static string Problem(ReadOnlySpan<char> value) => CsvValues.IsCommaNumber(value)
        ? "is no number; write numbers with a decimal point and without commas"
        : "is no number";

    // Whether a category is written as those of a number column are.
    private static bool IsNumber(string category)
    {
        Span<byte> text = stackalloc byte[NumberText.Longest];
        if (!CsvValues.TryFloat64(category, out double number)) return false;
        if (CsvValues.TryInt64(category, out long integer)) return category == System.Text.Encoding.UTF8.GetString(text[..NumberText.Write(integer, text)]);
        return category == System.Text.Encoding.UTF8.GetString(text[..NumberText.Write(number, text)]);
    }
}
