using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Reads a column of numbers as doubles. A float32 is the decimal that it was made from, as in cells; a null is NaN.</summary>
/// <param name="name">The column.</param>
/// <param name="what">What it is to the model, as a message says it: <c>a score</c>.</param>
public sealed class NumberColumn(string name, string what)
{
    private readonly BoundColumn _bound = new(name);
    private Column? _column;

    /// <summary>Takes the column of a batch. Where the batch lacks it, every row is NaN.</summary>
    /// <returns>Why it cannot be read, or null.</returns>
    public Reject? Bind(Batch batch)
    {
        _column = _bound.In(batch);
        return _column is { } column && !ColumnNumbers.CanWiden(column.Type)
            ? new Reject(RejectReason.ColumnType, $"column '{name}' is {column.Type.Name}; {what} is a number")
            : null;
    }

    /// <summary>Reads the rows from <paramref name="start"/> on, as many as the span holds.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="numbers">NaN where a row has none.</param>
    public void Read(int start, Span<double> numbers)
    {
        if (_column is not { } column)
        {
            numbers.Fill(double.NaN);
            return;
        }

        ColumnNumbers.Widen(column, start, numbers);
        bool isFloat = column.Type.Kind == ColumnKind.Float32;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!column.IsValid(start + i)) numbers[i] = double.NaN;
            else if (isFloat) numbers[i] = Float32Decimals.Of((float)numbers[i]);
        }
    }
}
