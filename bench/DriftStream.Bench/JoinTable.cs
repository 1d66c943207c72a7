using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DriftStream.Frames;
using DriftStream.Host.Worker;
using DriftStream.Joins;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Bench;

/// <summary>
/// <c>join [rows] [rows of a record] [first|last] [memory|file|cold]</c>: one joiner on one core and without Kafka, with so many predictions pending: how many
/// rows a second are named, written, read and joined, what a row takes in memory and in <c>joins</c>, and what a restart costs, from a snapshot and from the
/// log. Nine of ten predictions get a label, 90 panes later; the tenth expires. Seconds of CPU, so that others on the machine do not count, but where it says
/// that they are of the clock. With <c>file</c> ids lie in files of the working folder; with <c>cold</c> they are on the disk alone whenever a pane begins.
/// </summary>
internal static partial class JoinTable
{
    private const int Panes = 100, Lag = 90, Hours = (2 * Panes) + 20;

    private static readonly Duration Hour = Duration.FromHours(1);

    private static readonly JoinSegments Segments = new(64 << 20, Hour);

    private static readonly JoinSettings OfFirst = New(Corrections.First), OfLast = New(Corrections.Last);

    private static readonly PredictionCell[] Predictions =
        [.. Enumerable.Range(0, 40).Select(i => new PredictionCell("m", "7", i / 2, i % 2, [i % 3], []))];

    private static readonly LabelCell[] Labels = [new("m", 0), new("m", 1)];

    public static int Run(string[] args)
    {
        int pending = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        int record = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 500;
        Corrections corrections = args is [_, _, "last", ..] ? Corrections.Last : Corrections.First;
        bool cold = args is [_, _, _, "cold", ..];
        using MappedTable? table = cold || args is [_, _, _, "file", ..] ? new MappedTable(Environment.CurrentDirectory, "bench") : null;
        string path = Path.Combine(Environment.CurrentDirectory, "bench.joins");
        using var log = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20, FileOptions.DeleteOnClose);
        string place = cold ? "files, on the disk alone whenever a pane begins" : table is null ? "memory" : "files";
        Console.WriteLine($"records of {record} rows, corrections: {corrections}, ids in {place}");
        long before = GC.GetTotalMemory(true);
        var joiner = new Joiner(_ => Plan(corrections), 0, Segments, table is null ? null : table.Allocate);
        Fill(joiner, pending, record, log, cold);
        Say("managed bytes of a remembered id, with all beside the table", (GC.GetTotalMemory(true) - before) / (double)joiner.Remembered, "");
        foreach (string line in File.ReadLines("/proc/self/status").Where(l => l.StartsWith("Rss", StringComparison.Ordinal))) Console.WriteLine($"| {line} |");
        bool whole = joiner.Models[0].Fates.IsWhole;
        JoinPosition position = joiner.Finish().Position!;
        Say("bytes of a position record", JoinPositionCodec.Write(position).Length, "");
        int remembered = joiner.Remembered;
        Joiner resumed = Resume(joiner, () => joiner = null!, snapshot => Joiner.Restore(_ => Plan(corrections), Segments, position, snapshot)!);
        if (resumed.Remembered != remembered || resumed.IsReplaying) throw new InvalidOperationException("a snapshot remembers something else");
        resumed = null!;
        table?.Dispose();
        GC.Collect();
        Joiner folded = Fold(log, Joiner.Restore(_ => Plan(corrections), Segments, position));
        if (folded.Remembered != remembered) throw new InvalidOperationException("the log remembers something else");
        return whole ? 0 : 1;
    }

    private static void Fill(Joiner joiner, int pending, int record, FileStream log, bool cold)
    {
        var names = new RowIds("a secret of sixteen bytes or more"u8, "m");
        (double named, double written, double read, double joined, double flushed) = (0, 0, 0, 0, 0);
        (long rows, long bytes, long full, long ends) = (0, 0, 0, 0);
        int pane = pending / Panes;
        var ids = new UInt128[(Panes + 1) * pane];
        (var clock, var adding) = (Stopwatch.StartNew(), new Stopwatch());
        for (int hour = 0; hour < Hours; hour++)
        {
            if (cold) PageOut();
            named += Seconds(() => Name(names, hour, pane, ids));
            foreach ((string topic, int of) in ((string, int)[])[("p", hour), ("l", hour - Lag)])
            {
                for (int from = 0; from < pane; from += record)
                {
                    int count = of < 0 ? 0 : Math.Min(record, pane - from);
                    Projection projection = Of(topic, hour, Rows(topic, hour, of, from, count, ids, pane));
                    var output = new ArrayBufferWriter<byte>();
                    double write = Seconds(() => ProjectionCodec.Write(projection, output));
                    Projection? back = null;
                    double reading = Seconds(() => back = ProjectionCodec.Read(output.WrittenSpan, out _));
                    log.Write(BitConverter.GetBytes(output.WrittenCount));
                    log.Write(output.WrittenSpan);
                    // What is measured is a joiner that is full.
                    if (hour >= Panes) adding.Start();
                    double joining = Seconds(() => joiner.Add(joiner.Next, default, output.WrittenCount, back));
                    adding.Stop();
                    if (joiner.IsFull)
                    {
                        flushed += Seconds(() => joiner.Finish());
                        ends++;
                    }

                    if (hour < Panes) continue;
                    (written, read, joined) = (written + write, read + reading, joined + joining);
                    (rows, bytes) = (rows + projection.Rows.Length, bytes + output.WrittenCount);
                }
            }

            if (hour == Panes) full = joiner.Remembered;
            if (hour % 20 == 0) Console.Error.WriteLine($"pane {hour} of {Hours}, {joiner.Remembered:N0} ids remembered, {clock.Elapsed.TotalSeconds:F0} s");
        }

        Console.WriteLine($"{full:N0} ids remembered at first, {joiner.Remembered:N0} at the end, {joiner.Models[0].Fates.Pending:N0} of them pending");
        Say("ids named", Hours * (double)pane / named, "1/s");
        Say("rows written to joins", rows / written, "1/s");
        Say("rows read from it", rows / read, "1/s");
        Say("rows joined", rows / joined, "1/s");
        Say("rows joined, of the clock", rows / adding.Elapsed.TotalSeconds, "1/s");
        Say("rows read and joined", rows / (read + joined), "1/s");
        Say("bytes of a row in joins", bytes / (double)rows, "");
        Say("bytes of a remembered id in the table", joiner.TableBytes / (double)joiner.Remembered, "");
        Say("bytes of it in the index", joiner.IndexBytes / (double)joiner.Remembered, "");
        Say($"end of a segment, of {ends}", flushed / Math.Max(1, ends), "s");
    }

    // What of the table is in memory goes to the disk: as where there is far less memory than table.
    private static void PageOut()
    {
        const int Out = 21;
        foreach (string map in File.ReadLines("/proc/self/maps").Where(m => m.Contains("/bench-", StringComparison.Ordinal)))
        {
            long[] ends = [.. map.Split(' ')[0].Split('-').Select(e => long.Parse(e, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (Advise((nint)ends[0], (nint)(ends[1] - ends[0]), Out) != 0) throw new InvalidOperationException("madvise");
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint length, int what);

    private static void Name(RowIds names, int hour, int pane, UInt128[] ids)
    {
        Span<byte> id = stackalloc byte[8];
        for (int i = 0; i < pane; i++)
        {
            BitConverter.TryWriteBytes(id, ((long)hour * pane) + i);
            ids[(hour % (Panes + 1) * pane) + i] = names.Of(id);
        }
    }

    private static Joiner Resume(Joiner joiner, Action forget, Func<Stream, Joiner> restore)
    {
        string path = Path.Combine(Environment.CurrentDirectory, "bench.snapshot");
        try
        {
            var clock = Stopwatch.StartNew();
            using (FileStream file = File.Create(path, 1 << 20))
            {
                joiner.Save(file);
                file.Flush(flushToDisk: true);
            }

            Say("a snapshot written, of the clock", clock.Elapsed.TotalSeconds, "s");
            Say("bytes of it", new FileInfo(path).Length, "");
            joiner = null!;
            forget();
            GC.Collect();
            clock.Restart();
            using (FileStream file = File.OpenRead(path)) SHA256.HashData(file);
            Say("its hash, of the clock", clock.Elapsed.TotalSeconds, "s");
            clock.Restart();
            using FileStream again = File.OpenRead(path);
            using var buffered = new BufferedStream(again, 1 << 20);
            Joiner resumed = restore(buffered);
            Say("a joiner from it, of the clock", clock.Elapsed.TotalSeconds, "s");
            return resumed;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // From the record on at which the oldest id came.
    private static Joiner Fold(FileStream log, Joiner joiner)
    {
        log.Position = 0;
        var length = new byte[sizeof(int)];
        (double seconds, long rows, var clock) = (0, 0, Stopwatch.StartNew());
        for (long at = 0; joiner.IsReplaying; at++)
        {
            log.ReadExactly(length);
            var bytes = new byte[BitConverter.ToInt32(length)];
            log.ReadExactly(bytes);
            if (at < joiner.Next) continue;
            seconds += Seconds(() =>
            {
                Projection record = ProjectionCodec.Read(bytes, out _)!;
                rows += record.Rows.Length;
                joiner.Add(new(at), default, bytes.Length, record);
            });
        }

        Say($"a joiner from the log, of {rows:N0} rows", seconds, "s");
        Say("the same, of the clock", clock.Elapsed.TotalSeconds, "s");
        return joiner;
    }

    private static ProjectedRow[] Rows(string topic, int hour, int of, int from, int count, UInt128[] ids, int pane)
    {
        var rows = new List<ProjectedRow>(count);
        for (int i = from; i < from + count; i++)
        {
            if (topic == "l" && i % 10 == 0) continue;
            var time = new EventTime(((long)hour * Hour) + ((long)i * Hour / pane));
            IProjectedCell cell = topic == "l" ? Labels[i % 7 % 2] : Predictions[i % Predictions.Length];
            rows.Add(new ProjectedRow(new(((long)hour * pane) + i), ids[(of % (Panes + 1) * pane) + i], time, cell));
        }

        return [.. rows];
    }

    private static Projection Of(string topic, int hour, ProjectedRow[] rows)
    {
        SourceOffset upto = rows.Length == 0 ? default : rows[^1].Offset.Next;
        var time = new EventTime((long)hour * Hour);
        return new Projection(new SourcePartition(topic, 0), topic[0], 1, default, 0, default, upto, time, new(hour), [.. rows]);
    }

    private static JoinSettings Plan(Corrections corrections) => corrections == Corrections.First ? OfFirst : OfLast;

    private static JoinSettings New(Corrections corrections) => new(
        new Dictionary<string, JoinedModel>
        {
            ["m"] = new(
                "m", ["p", "l"], Hour, Duration.Zero, Duration.FromMinutes(30), Duration.FromHours(Panes - 2), Duration.FromMinutes(5),
                [Duration.FromHours(Panes - 2)], corrections),
        }.ToImmutableSortedDictionary(),
        new QuietRule(Duration.FromSeconds(30), Duration.FromSeconds(45), Duration.FromMinutes(10)));

    private static double Seconds(Action action)
    {
        TimeSpan began = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - began).TotalSeconds;
    }

    private static void Say(string what, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {value:#,0.###} {unit} |"));
}
