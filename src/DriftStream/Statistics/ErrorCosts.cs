namespace DriftStream.Statistics;

/// <summary>What a wrong decision costs, as the owner of the model puts it.</summary>
/// <param name="FalsePositive">Of a row that is selected, and whose label is negative; in <paramref name="Unit"/>, at least 0.</param>
/// <param name="FalseNegative">Of a row that is not, and whose label is positive.</param>
/// <param name="Unit">A currency or another unit.</param>
public sealed record ErrorCosts(double FalsePositive, double FalseNegative, string Unit)
{
    /// <summary>What the errors of some rows cost; null where no row has a decision and a label.</summary>
    /// <param name="confusion">The rows.</param>
    /// <param name="confidence">That of the interval; 0.95 for 95 %.</param>
    public RowCosts? Of(Confusion confusion, double confidence = Performance.UsualConfidence)
    {
        if (confusion.Rows == 0) return null;
        double rows = confusion.Rows, falsePositive = confusion.FalsePositive / rows, falseNegative = confusion.FalseNegative / rows;
        double mean = (falsePositive * FalsePositive) + (falseNegative * FalseNegative);
        double squares = (falsePositive * FalsePositive * FalsePositive) + (falseNegative * FalseNegative * FalseNegative);
        double half = Proportions.Quantile(confidence) * Math.Sqrt(Math.Max(0, squares - (mean * mean)) / rows);
        return new RowCosts(mean * rows, mean, new Interval(Math.Max(0, mean - half), mean + half));
    }

    /// <summary>What they are expected to cost, before labels come; null where no row has a score and a decision.</summary>
    public RowCosts? Of(EstimatedPerformance estimated)
    {
        if (estimated.Decided == 0) return null;
        double amount = (estimated.FalsePositive * FalsePositive) + (estimated.FalseNegative * FalseNegative);
        return new RowCosts(amount, amount / estimated.Decided, null);
    }
}

/// <summary>What the errors of some rows cost.</summary>
/// <param name="Amount">All of them, in the unit of <see cref="ErrorCosts"/>.</param>
/// <param name="PerRow">A row, right ones among them.</param>
/// <param name="Interval">Of a row, normal, of rows that are independent; null of what is estimated.</param>
public sealed record RowCosts(double Amount, double PerRow, Interval? Interval);

/// <summary>What the errors of a model cost in a window.</summary>
/// <param name="Costs">What one costs.</param>
/// <param name="Reference">Those of the reference; null where nobody knows.</param>
/// <param name="Window">Those of the rows with a label; null where none has one.</param>
/// <param name="Estimated">
/// Those to be expected of rows with a score and a decision: of those whose label is known, as <paramref name="Window"/> is; of all where none is. Null where
/// that cannot be said.
/// </param>
public sealed record OutcomeCosts(ErrorCosts Costs, RowCosts? Reference, RowCosts? Window, RowCosts? Estimated)
{
    /// <summary>Why labels of the window do not say what its errors cost; null where they do, or none has come.</summary>
    public string? Why { get; init; }
}
