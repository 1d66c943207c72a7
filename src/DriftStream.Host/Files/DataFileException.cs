namespace DriftStream.Host.Files;

/// <summary>A data file that cannot be read: which, where, why, and what to do about it.</summary>
public sealed class DataFileException : Exception
{
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    /// <param name="row">The row, from 1, without the header; 0 where no row is meant.</param>
    /// <param name="column">The column, or null where none is meant.</param>
    /// <param name="inner">What the reader threw, or null.</param>
    public DataFileException(string path, string problem, long row = 0, string? column = null, Exception? inner = null)
        : base(Place(path, row, column) + problem, inner)
    {
        Path = path;
        Row = row;
        Column = column;
    }

    public string Path { get; }

    public long Row { get; }

    public string? Column { get; }

    private static string Place(string path, long row, string? column) =>
        path + (row > 0 ? $", row {row}" : "") + (column is null ? "" : $", column '{column}'") + ": ";
}
