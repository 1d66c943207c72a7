using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>How far the predictions of a reference are off, and how its labels spread: what the cells of both are made by.</summary>
/// <param name="score">The column that predicts the label.</param>
/// <param name="label">The label's column.</param>
internal sealed class ResidualSample(string score, string label)
{
    private const int Block = 512;

    private readonly NumberColumn _score = new(score, "a score"), _label = new(label, "a label of the kind number");
    private long _rows;
    private double _distance, _mean, _squares;

    /// <summary>The mean distance of predictions from their labels; 0 of no row.</summary>
    public double MeanDistance => _rows == 0 ? 0 : _distance / _rows;

    /// <summary>The standard deviation of labels.</summary>
    public double Spread => _rows == 0 ? 0 : Math.Sqrt(_squares / _rows);

    /// <summary>Their mean, to the unit in which they spread, so that edges around it are short numbers.</summary>
    public double Centre
    {
        get
        {
            double unit = LogLinearEdges.UnitOf(Spread), centre = Math.Round(_mean / unit) * unit;
            return double.IsFinite(centre) ? centre : 0;
        }
    }

    /// <summary>Adds the rows with a prediction and a label.</summary>
    /// <returns>Why they cannot be read, or null.</returns>
    public string? Add(Batch batch)
    {
        if ((_score.Bind(batch) ?? _label.Bind(batch)) is { } reject) return reject.Detail;
        Span<double> predicted = stackalloc double[Block], labels = stackalloc double[Block];
        for (int start = 0; start < batch.Rows; start += Block)
        {
            int length = Math.Min(Block, batch.Rows - start);
            _score.Read(start, predicted[..length]);
            _label.Read(start, labels[..length]);
            for (int i = 0; i < length; i++)
            {
                if (double.IsFinite(predicted[i]) && double.IsFinite(labels[i])) Add(predicted[i], labels[i]);
            }
        }

        return null;
    }

    // Mean and squares as Welford (1962) updates them.
    private void Add(double predicted, double label)
    {
        _rows++;
        _distance += Math.Abs(predicted - label);
        double step = label - _mean;
        _mean += step / _rows;
        _squares += step * (label - _mean);
    }
}
