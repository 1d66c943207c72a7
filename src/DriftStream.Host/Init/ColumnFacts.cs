using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;

namespace DriftStream.Host.Init;

/// <summary>What the values of one column are like in the rows that were looked at: what a guess at its role rests on.</summary>
internal sealed class ColumnFacts(Field field)
{
    /// <summary>How many distinct values are told apart; with more, <see cref="IsCut"/> is set.</summary>
    public const int MostDistinct = 1000;

    private const int LongestValue = 256;

    private readonly SortedSet<string> _distinct = new(StringComparer.Ordinal);

    public string Name { get; } = field.Name;

    public ColumnType Type { get; } = field.Type;

    /// <summary>Rows with a value.</summary>
    public long Values { get; private set; }

    public IReadOnlyCollection<string> Distinct => _distinct;

    /// <summary>There are more distinct values than were kept.</summary>
    public bool IsCut => _distinct.Count > MostDistinct;

    /// <summary>Every number is an integer.</summary>
    public bool IsWhole { get; private set; } = true;

    public double Least { get; private set; } = double.PositiveInfinity;

    public double Most { get; private set; } = double.NegativeInfinity;

    /// <summary>Every text is an ISO 8601 time.</summary>
    public bool IsTimes { get; private set; } = true;

    /// <summary>Text, numbers and booleans: what a signal can be made of.</summary>
    public bool IsReadable => Type.IsNumber || Type.IsText || Type.Kind == ColumnKind.Bool;

    public bool IsUnique => IsCut || (Values > 0 && _distinct.Count == Values);

    public void Add(Column column)
    {
        Span<byte> text = stackalloc byte[LongestValue];
        Span<double> number = stackalloc double[1];
        for (int row = 0; row < column.Rows && IsReadable; row++)
        {
            if (!ColumnText.HasValue(column, row)) continue;
            Values++;
            if (Type.IsNumber)
            {
                ColumnNumbers.Widen(column, row, number);
                IsWhole &= double.IsInteger(number[0]);
                (Least, Most) = (Math.Min(Least, number[0]), Math.Max(Most, number[0]));
            }

            if (Type.IsText) IsTimes = IsTimes && IsoTime.TryParse(ColumnText.Utf8(column, row), out _);
            if (!IsCut) _distinct.Add(Encoding.UTF8.GetString(text[..CategoryText.Copy(column, row, text)]));
        }
    }
}
