using DriftStream.Batches;
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
        if (Types(file) is { Length: > 0 } types) errors.WriteLine($"{path}: types found by the values: {Printable.Of(types)} ({file.Rule})");
        foreach (string note in file.Notes) errors.WriteLine($"{path}: {Printable.Of(note)}");
        return file;
    }

    // By type, for a file may have hundreds of columns: "float64: a, b; text: c".
    private static string Types(DataFile file) => string.Join("; ", file.Schema.Fields
        .Where(f => file.Guessed.Contains(f.Name))
        .GroupBy(f => f.Type.IsText ? "text" : f.Type.Kind == ColumnKind.Null ? "no values" : f.Type.Name)
        .Select(type => $"{type.Key}: {string.Join(", ", type.Select(f => f.Name))}"));

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
