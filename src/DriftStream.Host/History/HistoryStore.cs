using DriftStream.Host.Observability;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.History;

/// <summary>
/// What pages show, in one SQLite database: a copy of topics, made for reading. It holds nothing that is not in the log, so a broken file is set aside and
/// read again from the topics. One process writes; any number of threads read.
/// </summary>
public sealed class HistoryStore : IDisposable
{
    // Another number has another shape: the file is then made again from the topics.
    private const int Shape = 3;

    private const int Corrupt = 11, NotADatabase = 26;

    private readonly Lock _one = new();
    private readonly string? _path;
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileStream? _lock;
    private readonly string _made = Guid.NewGuid().ToString("N")[..8];
    private SqliteConnection _writer;
    private long _written;

    /// <param name="path">The file, which is made where there is none; null for memory.</param>
    /// <param name="prefix">Of the topics that it copies: a file of others is refused.</param>
    /// <exception cref="IOException">The file cannot be made or opened, another process has it, or it is of other topics.</exception>
    public HistoryStore(string? path, string prefix, TimeProvider time, ILogger logger)
    {
        (_path, _prefix, _time, _logger) = (path, prefix, time, logger);
        try
        {
            // A second worker on the same file would write what the first one has written, and each would undo the other's positions.
            if (path is not null) _lock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"web.store: {path}: {e.Message}; each worker needs a file of its own, in a folder that is there and that it may write to",
                e);
        }

        try
        {
            _writer = Open();
        }
        catch
        {
            _lock?.Dispose();
            throw;
        }
    }

    /// <summary>Another one whenever something was written: of no use elsewhere, or after a restart.</summary>
    public string Revision => $"{_made}-{Interlocked.Read(ref _written)}";

    /// <summary>How many bytes it takes, the part that is still in its log too.</summary>
    public long Bytes
    {
        get
        {
            if (_path is null) return Read(db => Number(db, "PRAGMA page_count") * Number(db, "PRAGMA page_size"));
            return new[] { _path, _path + "-wal" }.Sum(p => new FileInfo(p) is { Exists: true } file ? file.Length : 0);
        }
    }

    /// <summary>Writes in one transaction: all of it, or nothing.</summary>
    /// <returns>False where the file turned out to be broken: it was set aside, and everything is to be read again.</returns>
    /// <exception cref="IOException">The file cannot be written to; the message says why.</exception>
    internal bool TryWrite(Action<SqliteConnection> write)
    {
        lock (_one)
        {
            try
            {
                using SqliteTransaction transaction = _writer.BeginTransaction();
                write(_writer);
                transaction.Commit();
                return true;
            }
            catch (SqliteException e) when (IsBroken(e))
            {
                SetAside(e.Message);
                _writer = Open();
                return false;
            }
            catch (SqliteException e)
            {
                throw new IOException($"web.store: {_path ?? "memory"}: {e.Message}", e);
            }
        }
    }

    /// <summary>What is read from now on differs from what was.</summary>
    internal void Changed() => Interlocked.Increment(ref _written);

    /// <summary>Asks something of the newest committed state.</summary>
    /// <exception cref="IOException">The file cannot be read, for instance since it is being set aside.</exception>
    internal T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            if (_path is null)
            {
                lock (_one) return read(_writer);
            }

            using var reader = new SqliteConnection(Text(_path, SqliteOpenMode.ReadOnly));
            reader.Open();
            // Several questions of one page are answered from one state.
            using SqliteTransaction transaction = reader.BeginTransaction(deferred: true);
            return read(reader);
        }
        catch (SqliteException e)
        {
            throw new IOException($"web.store: {_path ?? "memory"}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        lock (_one)
        {
            _writer.Dispose();
            Forget();
        }

        _lock?.Dispose();
    }

    private SqliteConnection Open()
    {
        for (bool again = false; ; again = true)
        {
            SqliteConnection? db = null;
            try
            {
                db = new SqliteConnection(Text(_path, SqliteOpenMode.ReadWriteCreate));
                db.Open();
                if (IsWhole(db)) return db;
                db.Dispose();
                SetAside("it is of another version, or what is in it contradicts itself");
            }
            catch (SqliteException e) when (IsBroken(e) && !again && _path is not null)
            {
                db?.Dispose();
                SetAside(e.Message);
            }
            catch (SqliteException e)
            {
                db?.Dispose();
                throw new IOException($"web.store: {_path ?? "memory"}: {e.Message}", e);
            }
            catch (IOException)
            {
                db?.Dispose();
                throw;
            }
        }
    }

    // A file that is new gets its tables; one that is there must be what this version wrote.
    private bool IsWhole(SqliteConnection db)
    {
        Do(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864");
        long shape = Number(db, "PRAGMA user_version");
        if (shape == 0)
        {
            Do(db, HistoryTables.Text);
            using SqliteCommand of = db.CreateCommand();
            of.CommandText = $"INSERT INTO about VALUES ($prefix); PRAGMA user_version={Shape}";
            of.Parameters.AddWithValue("$prefix", _prefix);
            of.ExecuteNonQuery();
            return true;
        }

        if (shape != Shape || Scalar(db, "PRAGMA quick_check(1)") is not "ok") return false;
        return Scalar(db, "SELECT prefix FROM about") is string prefix && prefix == _prefix ? true
            : throw new IOException($"web.store: {_path} holds topics that do not begin with '{_prefix}': name another file");
    }

    private void SetAside(string why)
    {
        _writer?.Dispose();
        Forget();
        string aside = $"{_path}.broken-{_time.GetUtcNow():yyyyMMddHHmmssfff}";
        if (_path is not null && File.Exists(_path)) File.Move(_path, aside);
        foreach (string beside in new[] { "-wal", "-shm" }) File.Delete(_path + beside);
        _logger.StoreSetAside(_path ?? "memory", why, aside);
    }

    // Connections wait in a pool, and would keep a file open that is gone.
    private void Forget()
    {
        if (_path is null) return;
        using var reader = new SqliteConnection(Text(_path, SqliteOpenMode.ReadOnly));
        SqliteConnection.ClearPool(reader);
    }

    private static string Text(string? path, SqliteOpenMode mode) => new SqliteConnectionStringBuilder
    {
        DataSource = path ?? ":memory:",
        Mode = path is null ? SqliteOpenMode.Memory : mode,
        Pooling = path is not null && mode == SqliteOpenMode.ReadOnly,
        DefaultTimeout = 10,
    }.ToString();

    private static bool IsBroken(SqliteException e) => e.SqliteErrorCode is Corrupt or NotADatabase;

    private static void Do(SqliteConnection db, string text)
    {
        using SqliteCommand command = db.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection db, string text)
    {
        using SqliteCommand command = db.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }

    private static long Number(SqliteConnection db, string text) => Convert.ToInt64(Scalar(db, text), System.Globalization.CultureInfo.InvariantCulture);
}
