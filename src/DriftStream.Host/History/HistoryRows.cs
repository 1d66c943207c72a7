using Microsoft.Data.Sqlite;

namespace DriftStream.Host.History;

/// <summary>Statements of one transaction, each prepared once.</summary>
internal sealed class HistoryRows(SqliteConnection db) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <param name="text">The statement; <c>$0</c>, <c>$1</c> ... stand for the values.</param>
    /// <param name="values">Null for NULL.</param>
    /// <returns>How many rows it changed.</returns>
    public int Do(string text, params ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(text, out SqliteCommand? command))
        {
            _commands[text] = command = db.CreateCommand();
            command.CommandText = text;
            for (int i = 0; i < values.Length; i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
        }

        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in _commands.Values) command.Dispose();
    }
}
