using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Host.Files;
using DriftStream.Host.Observability;

namespace DriftStream.Host.Commands;

/// <summary>The data files that commands are given.</summary>
internal static class InputFile
{
    /// <summary>Opens it, and says on <paramref name="errors"/> which types of columns were found by rule.</summary>
    /// <param name="time">A CSV column that is to be read as a time, or null.</param>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    public static DataFile Open(string path, TextWriter errors, string? time = null)
    {
        ImmutableDictionary<string, ColumnKind> types = ImmutableDictionary<string, ColumnKind>.Empty;
        DataFile file = DataFile.Open(path, time is null ? types : types.Add(time, ColumnKind.Timestamp));
        if (file.Guessed.Length > 0) errors.WriteLine($"{path}: types of {Printable.Of(string.Join(", ", file.Guessed))}: {file.Rule}");
        return file;
    }

    /// <exception cref="DataFileException">The file has no such column.</exception>
    public static void MustHave(this DataFile file, string column)
    {
        if (file.Schema.IndexOf(column) >= 0) return;
        string[] all = [.. file.Schema.Fields.Select(f => f.Name)];
        throw new DataFileException(file.Path, $"there is no column '{column}'; it has {string.Join(", ", all)}");
    }
}
