using System.Text;
using DriftStream.Batches;
using DriftStream.Host.Files;
using DriftStream.Time;

namespace DriftStream.Host.Tests.Files;

/// <summary>What files and batches hold, as text that can be compared.</summary>
internal static class FileText
{
    /// <summary>One line a column: name, type, values.</summary>
    public static string[] Lines(IEnumerable<Batch> batches)
    {
        Batch[] all = [.. batches];
        return [.. all[0].Schema.Fields.Select((f, c) => $"{f.Name} {f.Type.Name}: {All(c)}")];

        string All(int column) => string.Join(" ", all.SelectMany(b => Values(b.Columns[column])));
    }

    public static string[] Lines(DataFile file) => Lines(file.Batches);

    public static IEnumerable<string> Values(Column column) => Enumerable.Range(0, column.Rows).Select(i => Value(column, i));

    private static string Value(Column column, int row)
    {
        if (column.Type.Kind == ColumnKind.Unreadable) return "?";
        if (column.Type.IsText ? !ColumnText.HasValue(column, row) : !column.IsValid(row)) return "null";
        if (column.Type.IsText) return "'" + Encoding.UTF8.GetString(ColumnText.Utf8(column, row)) + "'";
        if (column.Type.Kind == ColumnKind.Timestamp)
        {
            long[] time = new long[1];
            ColumnTimes.Read(column, row, time);
            return EventTime.Format(time[0]);
        }

        double[] number = new double[1];
        ColumnNumbers.Widen(column, row, number);
        return number[0].ToString("R");
    }
}

/// <summary>A file that is gone after the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[] content) => File.WriteAllBytes(Path, content);

    public TemporaryFile(string content) => File.WriteAllText(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    public void Dispose() => File.Delete(Path);
}
