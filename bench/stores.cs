// What embedded stores would need for the ids that a joiner remembers, beside the joiner's own table (`bench -- join N 500 first file`):
//
//     dotnet run stores.cs -- rocksdb|faster IDS [folder]
//
// The same rows as there: predictions that come in panes, nine of ten with a label 90 panes later, forgotten after 100. A prediction is looked for, which
// finds nothing, and put; a label is looked for, and what is remembered is put again; what a pane remembers is forgotten in the end. Nothing is written
// ahead: what is lost is in the log. Not part of the solution: nobody else needs these packages.
#:package RocksDB@11.12.0.7641
#:package Microsoft.FASTER.Core@2.6.5
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false
#:property AllowUnsafeBlocks=true
#:property RestorePackagesWithLockFile=false
#:property EnforceCodeStyleInBuild=false
#:property AnalysisMode=None

using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FASTER.core;
using RocksDbSharp;

const int Panes = 100, Lag = 90, Record = 500, Measured = 20;
if (args.Length < 2 || args[0] is not ("rocksdb" or "faster"))
{
    Console.Error.WriteLine("usage: dotnet run stores.cs -- rocksdb|faster IDS [folder]");
    return 2;
}

long ids = long.Parse(args[1], CultureInfo.InvariantCulture), pane = ids / Panes;
string folder = Path.Combine(args.Length > 2 ? args[2] : Environment.CurrentDirectory, "stores-" + args[0]);
if (Directory.Exists(folder)) Directory.Delete(folder, true);
Directory.CreateDirectory(folder);
using (IStore store = args[0] == "rocksdb" ? new Rocks(folder) : new Faster(folder, ids))
{
    var clock = Stopwatch.StartNew();
    TimeSpan cpu = default;
    long rows = 0;
    for (long hour = 0; hour < Panes + Measured; hour++)
    {
        if (hour == Panes) (cpu, rows) = (Environment.CpuUsage.TotalTime, 0);
        if (hour == Panes) clock.Restart();
        for (long from = hour * pane; from < (hour + 1) * pane; from += Record)
        {
            store.Predict(hour, from, Math.Min(Record, ((hour + 1) * pane) - from));
            rows += Record;
        }

        for (long from = (hour - Lag) * pane; hour >= Lag && from < (hour - Lag + 1) * pane; from += Record)
        {
            store.Label(from, Math.Min(Record, ((hour - Lag + 1) * pane) - from));
            rows += Record * 9 / 10;
        }

        if (hour >= Panes) store.Forget(hour - Panes, pane);
        if (hour % 20 == 0) Console.Error.WriteLine($"pane {hour} of {Panes + Measured}, {clock.Elapsed.TotalSeconds:F0} s");
    }

    Say("rows, of all cores' CPU", rows / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, "1/s");
    Say("rows, of the clock", rows / clock.Elapsed.TotalSeconds, "1/s");
    Say("resident memory", Process.GetCurrentProcess().WorkingSet64, "bytes");
    Say("bytes of an id on the disk", Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) / (double)ids, "");
    clock.Restart();
    store.Snapshot(folder + "-snapshot");
    Say("a snapshot, of the clock", clock.Elapsed.TotalSeconds, "s");
}

foreach (string left in (string[])[folder, folder + "-snapshot"])
    if (Directory.Exists(left)) Directory.Delete(left, true);
return 0;

static void Say(string what, double value, string unit) =>
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {value:#,0.###} {unit} |"));

internal interface IStore : IDisposable
{
    void Predict(long pane, long from, long count);

    void Label(long from, long count);

    void Forget(long pane, long count);

    void Snapshot(string folder);
}

/// <summary>Ids by their name, and beside them by when they are due, since what is due must be found.</summary>
internal sealed class Rocks : IStore
{
    private readonly RocksDb _db;
    private readonly ColumnFamilyHandle _ids, _due;
    private readonly WriteOptions _options = new WriteOptions().DisableWal(1);
    private readonly byte[] _value = new byte[24];

    public Rocks(string folder)
    {
        Cache cache = Cache.CreateLru(256UL << 20);
        ColumnFamilyOptions Family(bool filter)
        {
            BlockBasedTableOptions table = new BlockBasedTableOptions().SetBlockCache(cache).SetBlockSize(4096).SetFormatVersion(5);
            if (filter) table = table.SetFilterPolicy(BloomFilterPolicy.Create(10, false));
            return new ColumnFamilyOptions().SetBlockBasedTableFactory(table).SetWriteBufferSize(64UL << 20).SetMaxWriteBufferNumber(4)
                .SetCompression(Compression.No).SetLevelCompactionDynamicLevelBytes(true);
        }

        DbOptions options = new DbOptions().SetCreateIfMissing(true).SetCreateMissingColumnFamilies(true).IncreaseParallelism(2);
        _db = RocksDb.Open(options, Path.Combine(folder, "db"), new ColumnFamilies { { "default", Family(true) }, { "due", Family(false) } });
        (_ids, _due) = (_db.GetDefaultColumnFamily(), _db.GetColumnFamily("due"));
    }

    public void Predict(long pane, long from, long count)
    {
        Span<byte> due = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(due, pane);
        using var batch = new WriteBatch();
        for (long i = from; i < from + count; i++)
        {
            Name(i, due[8..]);
            if (_db.HasKey(due[8..], _ids)) throw new InvalidOperationException();
            batch.Put(due[8..], _value, _ids);
            batch.Put(due, [], _due);
        }

        _db.Write(batch, _options);
    }

    public void Label(long from, long count)
    {
        var name = new byte[16];
        using var batch = new WriteBatch();
        for (long i = from; i < from + count; i++)
        {
            if (i % 10 == 0) continue;
            Name(i, name);
            batch.Put(name, _db.Get(name, _ids) ?? throw new InvalidOperationException(), _ids);
        }

        _db.Write(batch, _options);
    }

    public void Forget(long pane, long count)
    {
        var first = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(first, pane);
        var batch = new WriteBatch();
        long seen = 0;
        using (Iterator all = _db.NewIterator(_due))
        {
            for (all.Seek(first); all.Valid() && BinaryPrimitives.ReadInt64BigEndian(all.Key()) == pane; all.Next())
            {
                // Whether a label has come decides what becomes of it.
                byte[] name = all.Key()[8..];
                if (_db.Get(name, _ids) is null) throw new InvalidOperationException();
                batch.Delete(name, _ids);
                batch.Delete(all.Key(), _due);
                if (++seen % Record != 0) continue;
                _db.Write(batch, _options);
                batch.Clear();
            }
        }

        _db.Write(batch, _options);
        batch.Dispose();
        if (seen != count) throw new InvalidOperationException();
    }

    public void Snapshot(string folder)
    {
        using Checkpoint checkpoint = _db.Checkpoint();
        checkpoint.Save(folder);
    }

    public void Dispose() => _db.Dispose();

    private const int Record = 500;

    private static void Name(long id, Span<byte> bytes)
    {
        (ulong high, ulong low) = Names.Of(id);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
    }
}

/// <summary>Ids by their name alone: what is due would have to be remembered elsewhere, and is known here.</summary>
internal sealed class Faster : IStore
{
    private readonly IDevice _log;
    private readonly FasterKV<Id, Held> _store;
    private readonly ClientSession<Id, Held, Held, Held, Empty, IFunctions<Id, Held, Held, Held, Empty>> _session;

    public Faster(string folder, long ids)
    {
        _log = Devices.CreateLogDevice(Path.Combine(folder, "log"), deleteOnClose: true);
        // A bucket of 64 bytes for 4 to 8 ids; 256 MiB of the log in memory.
        _store = new FasterKV<Id, Held>(
            1L << (int)Math.Ceiling(Math.Log2(ids / 8.0)), new LogSettings { LogDevice = _log, MemorySizeBits = 28, PageSizeBits = 22, MutableFraction = 0.5 },
            new CheckpointSettings { CheckpointDir = Path.Combine(folder, "checkpoints") }, comparer: default(Id));
        _session = _store.NewSession<Held, Held, Empty>(new SimpleFunctions<Id, Held>());
    }

    public void Predict(long pane, long from, long count)
    {
        for (long i = from; i < from + count; i++)
        {
            if (Find(i, out _)) throw new InvalidOperationException();
            (Id id, Held held) = (Id.Of(i), new Held { Time = pane });
            _session.Upsert(ref id, ref held);
        }
    }

    public void Label(long from, long count)
    {
        for (long i = from; i < from + count; i++)
        {
            if (i % 10 == 0) continue;
            if (!Find(i, out Held held)) throw new InvalidOperationException();
            Id id = Id.Of(i);
            _session.Upsert(ref id, ref held);
        }
    }

    public void Forget(long pane, long count)
    {
        for (long i = pane * count; i < (pane + 1) * count; i++)
        {
            if (!Find(i, out _)) throw new InvalidOperationException();
            Id id = Id.Of(i);
            _session.Delete(ref id);
        }

        // What lies before the oldest pane but for what labels brought up again, at 40 bytes and a header of 8 each.
        long oldest = _store.Log.BeginAddress + ((_store.Log.TailAddress - _store.Log.BeginAddress) / 10);
        if (pane % 10 == 9) _session.Compact(Math.Min(oldest, _store.Log.SafeReadOnlyAddress), CompactionType.Lookup);
    }

    public void Snapshot(string folder)
    {
        _store.TryInitiateFullCheckpoint(out _, CheckpointType.FoldOver);
        _store.CompleteCheckpointAsync().AsTask().GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _session.Dispose();
        _store.Dispose();
        _log.Dispose();
    }

    private bool Find(long of, out Held held)
    {
        (Id id, held) = (Id.Of(of), default);
        Status status = _session.Read(ref id, ref held);
        if (!status.IsPending) return status.Found;
        _session.CompletePendingWithOutputs(out CompletedOutputIterator<Id, Held, Held, Held, Empty> done, wait: true);
        using (done)
        {
            done.Next();
            held = done.Current.Output;
            return done.Current.Status.Found;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Id : IFasterEqualityComparer<Id>
    {
        private ulong _high, _low;

        public static Id Of(long id)
        {
            (ulong high, ulong low) = Names.Of(id);
            return new Id { _high = high, _low = low };
        }

        public readonly long GetHashCode64(ref Id id) => (long)id._high;

        public readonly bool Equals(ref Id left, ref Id right) => left._high == right._high && left._low == right._low;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Held
    {
        public long Time, Cell, Link;
    }
}

/// <summary>Names of ids, as even as those of a keyed hash.</summary>
internal static class Names
{
    public static (ulong High, ulong Low) Of(long id)
    {
        ulong high = Mix((ulong)id * 0x9E3779B97F4A7C15);
        return (high, Mix(high ^ (ulong)id));
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
