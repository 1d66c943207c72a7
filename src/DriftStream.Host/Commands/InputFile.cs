using DriftStream.Host.Files;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Commands;

/// <summary>The data files that commands are given.</summary>
internal static class InputFile
{
    /// <summary>Opens a file, and says on <paramref name="errors"/> which types of columns were found by rule.</summary>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    public static DataFile Open(string path, WantedColumns wanted, TextWriter errors)
    {
        DataFile file = DataFile.Open(path, wanted);
        if (file.Guessed.Length > 0) errors.WriteLine($"{path}: types of {Printable.Of(string.Join(", ", file.Guessed))}: {file.Rule}");
        foreach (string note in file.Notes) errors.WriteLine($"{path}: {Printable.Of(note)}");
        return file;
    }

    /// <exception cref="DataFileException">The file has no such column.</exception>
    public static void MustHave(this DataFile file, string column)
    {
        if (file.Has(column)) return;
        IEnumerable<string> all = file.Schema.Fields.Select(f => f.Name).Concat(file.PassedOver);
        throw new DataFileException(file.Path, $"there is no column '{column}'; it has {string.Join(", ", all)}");
    }

    /// <summary>Whether the file has such a column, read or not.</summary>
    public static bool Has(this DataFile file, string column) => file.Schema.IndexOf(column) >= 0 || file.PassedOver.Contains(column);
}
