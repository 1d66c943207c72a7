using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Reads what a model said of each row, and what turned out to be true: score, decision and label.</summary>
/// <param name="score">The column of the score, or null.</param>
/// <param name="decision">What counts as selected, or null.</param>
/// <param name="label">What counts as positive.</param>
public sealed class OutcomeColumns(string? score, BinaryColumn? decision, BinaryColumn label)
{
    /// <summary>A state of a decision or a label.</summary>
    public const int No = 0, Yes = 1, Missing = 2;

    /// <summary>How many states there are.</summary>
    internal const int States = 3;

    private readonly NumberColumn? _score = score is null ? null : new NumberColumn(score, "a score");
    private readonly CategoryColumn? _decision = decision is null ? null : new CategoryColumn(decision.Column, new CategoryIndex(decision));
    private readonly CategoryColumn _label = new(label.Column, new CategoryIndex(label));

    /// <summary>Takes the columns of a batch. A column that it lacks is missing in every row.</summary>
    /// <returns>Why they cannot be read, or null.</returns>
    public Reject? Bind(Batch batch) => _score?.Bind(batch) ?? _decision?.Bind(batch) ?? _label.Bind(batch);

    /// <summary>Reads the rows from <paramref name="start"/> on, as many as the spans hold.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="scores">NaN where there is none.</param>
    /// <param name="decisions"><see cref="No"/>, <see cref="Yes"/> or <see cref="Missing"/>.</param>
    /// <param name="labels">Likewise.</param>
    public void Read(int start, Span<double> scores, Span<int> decisions, Span<int> labels)
    {
        scores.Fill(double.NaN);
        decisions.Fill(Missing);
        _score?.Read(start, scores);
        if (_decision is not null) Read(_decision, start, decisions);
        Read(_label, start, labels);
    }

    private static void Read(CategoryColumn column, int start, Span<int> states)
    {
        column.Read(start, states);
        for (int i = 0; i < states.Length; i++) states[i] = BinaryColumn.State(states[i]);
    }
}
