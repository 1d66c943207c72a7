using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>What one detector says of a pane of rows.</summary>
/// <param name="Detector">Its name.</param>
/// <param name="Drifts">How often it has found a drift in the pane.</param>
/// <param name="First">The first of them: the place of the row in the pane, from 1; 0 where there is none.</param>
/// <param name="Warned">It has warned, without a drift.</param>
public sealed record DetectedErrors(string Detector, long Drifts, long First, bool Warned);

/// <summary>
/// Detectors of concept drift on the errors of a model, pane after pane. Of a pane only the rows and the errors are known, so its errors stand evenly among its
/// rows: error i of e, from 0, at floor((2i + 1) n / 2e) of n. So a drift is placed to a pane; which row it is means no more than how soon.
/// </summary>
public sealed class ErrorWatch
{
    private readonly ImmutableArray<IErrorDetector> _detectors = ErrorDetectors.All();

    /// <summary>Whether each row of a pane is an error, in order.</summary>
    /// <param name="rows">n, at least as many as the errors.</param>
    /// <param name="errors">e.</param>
    public static IEnumerable<bool> Spread(long rows, long errors)
    {
        long at = 0;
        for (long i = 0; i < errors; i++)
        {
            long place = (long)(((Int128)((2 * i) + 1)) * rows / (2 * errors));
            for (; at < place; at++) yield return false;
            yield return true;
            at++;
        }

        for (; at < rows; at++) yield return false;
    }

    /// <summary>Shows the detectors another pane.</summary>
    /// <param name="rows">Its rows with a decision and a label.</param>
    /// <param name="errors">Those of them in which the decision is not as the label.</param>
    public ImmutableArray<DetectedErrors> Next(long rows, long errors)
    {
        var drifts = new long[_detectors.Length];
        var first = new long[_detectors.Length];
        var warned = new bool[_detectors.Length];
        long row = 0;
        foreach (bool error in Spread(rows, errors))
        {
            row++;
            for (int i = 0; i < _detectors.Length; i++)
            {
                ErrorSignal signal = _detectors[i].Next(error);
                if (signal == ErrorSignal.Warning) warned[i] = true;
                if (signal == ErrorSignal.Drift && drifts[i]++ == 0) first[i] = row;
            }
        }

        return [.. _detectors.Select((d, i) => new DetectedErrors(d.Name, drifts[i], first[i], warned[i] && drifts[i] == 0))];
    }
}
