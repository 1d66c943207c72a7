using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>The rows of a file that were refused in its last enumeration: a stream refuses such rows too, and counts the others.</summary>
public sealed class RefusedRows
{
    public long Rows { get; private set; }

    /// <summary>How many rows were read, with the refused ones.</summary>
    public long Of { get; private set; }

    /// <summary>Where the first refused row is, and what is wrong with it; null where there is none.</summary>
    public string? First { get; private set; }

    /// <summary>The batches without their refused rows, in runs of the others.</summary>
    internal IEnumerable<Batch> LeaveOut(IEnumerable<Batch> batches)
    {
        (Rows, Of, First) = (0, 0, null);
        foreach (Batch batch in batches)
        {
            Of += batch.Rows;
            if (!batch.HasRefusals)
            {
                yield return batch;
                continue;
            }

            Column[] refusing = [.. batch.Columns.Where(c => c.Refusal is not null)];
            foreach (Batch run in RowRuns.Where(batch, row => !Refuses(refusing, row))) yield return run;
        }
    }

    private bool Refuses(Column[] columns, int row)
    {
        foreach (Column column in columns)
        {
            if (!column.IsRefused(row)) continue;
            Rows++;
            First ??= column.Refusal!.Detail;
            return true;
        }

        return false;
    }
}

/// <summary>Some rows of a batch, as batches of neighbours.</summary>
internal static class RowRuns
{
    /// <param name="batch">Valid as long as the runs are used.</param>
    /// <param name="holds">Asked once for each row, in order.</param>
    public static IEnumerable<Batch> Where(Batch batch, Func<int, bool> holds)
    {
        int start = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            if (holds(row)) continue;
            if (row > start) yield return Run(batch, start, row - start);
            start = row + 1;
        }

        if (batch.Rows > start) yield return Run(batch, start, batch.Rows - start);
    }

    private static Batch Run(Batch batch, int start, int rows)
    {
        if (rows == batch.Rows && !batch.HasRefusals) return batch;
        Batch run = batch.Slice(start, rows);
        run.HasRefusals = false;
        foreach (Column column in run.Columns) (column.Refused, column.Refusal) = (default, null);
        return run;
    }
}
