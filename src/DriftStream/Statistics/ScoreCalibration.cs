using System.Collections.Immutable;

namespace DriftStream.Statistics;

/// <summary>Scores that have one share of positive labels.</summary>
/// <param name="Least">The least of them.</param>
/// <param name="Greatest">The greatest of them.</param>
/// <param name="Rows">Rows of the reference with such a score and a label.</param>
/// <param name="Positives">Those of them with a positive label.</param>
public readonly record struct CalibratedScores(double Least, double Greatest, long Rows, long Positives)
{
    /// <summary>The probability of a positive label.</summary>
    public double Probability => (double)Positives / Rows;

    // Of all or no positive labels the binomial variance would be 0, and a block of three rows as sure as one of a thousand.
    internal double Variance => (Positives + 0.5) / (Rows + 1) * (1 - ((Positives + 0.5) / (Rows + 1))) / Rows;
}

/// <summary>
/// How probable a positive label is at each score, from rows of a reference whose label is known: isotonic regression, which takes nothing for granted but that
/// a greater score is no worse a sign (Ayer et al. 1955; Zadrozny and Elkan 2002; by pooling adjacent violators, as scikit-learn's
/// <c>IsotonicRegression(out_of_bounds="clip")</c>).
/// </summary>
public sealed class ScoreCalibration
{
    /// <summary>With fewer rows of either label nothing is said of the other rows.</summary>
    public const long LeastRows = 30;

    private ScoreCalibration(ImmutableArray<CalibratedScores> blocks) => Blocks = blocks;

    /// <summary>From the least scores to the greatest; their probabilities ascend.</summary>
    public ImmutableArray<CalibratedScores> Blocks { get; }

    /// <summary>The least score of a row with a label.</summary>
    public double Least => Blocks[0].Least;

    /// <summary>The greatest score of a row with a label.</summary>
    public double Greatest => Blocks[^1].Greatest;

    /// <summary>Null where fewer than <see cref="LeastRows"/> rows have a positive label, or a negative one.</summary>
    /// <param name="scores">Ascending and finite: of single scores, or one for each cell of a layout.</param>
    /// <param name="negatives">Rows with a negative label, by score.</param>
    /// <param name="positives">Rows with a positive label, by score.</param>
    public static ScoreCalibration? Of(ReadOnlySpan<double> scores, ReadOnlySpan<long> negatives, ReadOnlySpan<long> positives)
    {
        if (CountPair.Sum(negatives) < LeastRows || CountPair.Sum(positives) < LeastRows) return null;
        var blocks = new List<CalibratedScores>();
        for (int i = 0; i < scores.Length; i++)
        {
            if (negatives[i] + positives[i] == 0) continue;
            var block = new CalibratedScores(scores[i], scores[i], negatives[i] + positives[i], positives[i]);
            // Exactly: of two blocks the one with less evidence for a positive label must not be the greater.
            while (blocks.Count > 0 && (Int128)blocks[^1].Positives * block.Rows >= (Int128)block.Positives * blocks[^1].Rows)
            {
                CalibratedScores below = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                block = new CalibratedScores(below.Least, block.Greatest, below.Rows + block.Rows, below.Positives + block.Positives);
            }

            blocks.Add(block);
        }

        return new ScoreCalibration([.. blocks]);
    }

    /// <summary>The block of a score: of one between two blocks the nearer.</summary>
    public int BlockOf(double score)
    {
        (int low, int high) = (0, Blocks.Length - 1);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Blocks[middle].Greatest >= score) high = middle;
            else low = middle + 1;
        }

        return low > 0 && score < Blocks[low].Least && score - Blocks[low - 1].Greatest < Blocks[low].Least - score ? low - 1 : low;
    }

    /// <summary>The probability of a positive label; between two blocks on the line between them, beyond all of them that of the last.</summary>
    public double ProbabilityOf(double score)
    {
        int at = BlockOf(score);
        CalibratedScores block = Blocks[at];
        if (score < block.Least && at > 0) return Between(Blocks[at - 1], block, score);
        return score > block.Greatest && at < Blocks.Length - 1 ? Between(block, Blocks[at + 1], score) : block.Probability;
    }

    private static double Between(CalibratedScores below, CalibratedScores above, double score) =>
        below.Probability + ((above.Probability - below.Probability) * (score - below.Greatest) / (above.Least - below.Greatest));
}
