using System.Diagnostics;
using System.Globalization;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>Says every five seconds how far the reading of a file is; of a file that is read several times, each time.</summary>
internal sealed class ReadingProgress(DataFile file, TextWriter told)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private int _pass;

    /// <summary>The rows of the file.</summary>
    public IEnumerable<Batch> Batches()
    {
        _pass++;
        long said = Stopwatch.GetTimestamp(), rows = 0;
        foreach (Batch batch in file.Batches)
        {
            yield return batch;
            rows += batch.Rows;
            if (Stopwatch.GetElapsedTime(said) < Pace) continue;
            said = Stopwatch.GetTimestamp();
            told.WriteLine(Line(rows));
        }
    }

    private string Line(long rows)
    {
        string share = file.Rows is { } all and > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {all:N0} ({(double)rows / all:0 %})") : "";
        string pass = _pass > 1 ? string.Create(CultureInfo.InvariantCulture, $", pass {_pass}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {rows:N0} rows{share}{pass}");
    }
}
