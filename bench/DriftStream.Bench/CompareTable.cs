using System.Diagnostics;
using System.Globalization;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DriftStream.Host.Commands;
using DriftStream.Host.Compare;
using DriftStream.Host.Files;
using DriftStream.Host.Machine;
using ParquetSharp;

namespace DriftStream.Bench;

/// <summary>
/// <c>compare [COLUMNS ROWS REFERENCE-ROWS [FILE]]</c>: the command <c>compare</c> on files of continuous float32 columns, as Arrow and as Parquet, with exact
/// edges and every statistic: a process of its own, and its stages in this one. The best of some rounds, for other work shares the machine.
/// </summary>
internal static class CompareTable
{
    private const int Rounds = 5, Block = 1 << 16;

    public static int Run(string[] args)
    {
        int columns = Number(args, 0, 100), rows = Number(args, 1, 1_000_000), reference = Number(args, 2, 100_000);
        string folder = Directory.CreateTempSubdirectory("driftstream-bench-compare-").FullName;
        var text = new StringBuilder();
        text.AppendLine("# compare: two files of float32 columns, exact edges, every statistic").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{KernelsData.Cpu}, {Environment.ProcessorCount} cores; .NET {Environment.Version};");
        text.AppendLine(CultureInfo.InvariantCulture, $"{columns} columns, {rows:N0} rows against {reference:N0}; seconds, the best of {Rounds} rounds.");
        text.AppendLine();
        text.AppendLine("| format | process | a 10 M values | baseline | window and verdict | CPU of both |").AppendLine("|---|---|---|---|---|---|");
        try
        {
            foreach (string format in (string[])["arrow", "parquet"])
            {
                string from = Path.Combine(folder, "reference." + format), current = Path.Combine(folder, "current." + format);
                Write(from, columns, reference, 1);
                Write(current, columns, rows, 2);
                string row = Row(format, from, current, (double)columns * (rows + reference));
                Console.Error.WriteLine(row);
                text.AppendLine(row);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Console.Write(text);
        if (args.Length > 3) File.WriteAllText(args[3], text.ToString());
        return 0;
    }

    private static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    private static string Row(string format, string reference, string current, double values)
    {
        double whole = double.MaxValue, cpu = double.MaxValue, built = double.MaxValue, judged = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            whole = Math.Min(whole, Process(reference, current));
            TimeSpan busy = Environment.CpuUsage.TotalTime;
            long began = Stopwatch.GetTimestamp();
            ComparisonSettings settings = CompareCommand.Plain(DataFile.Open(reference), Chunking.All, null, CompareCommand.PlainSettings(null, [], [], []));
            built = Math.Min(built, Stopwatch.GetElapsedTime(began).TotalSeconds);
            began = Stopwatch.GetTimestamp();
            if (new Comparison(settings).Verdicts(DataFile.Open(current, settings.Wanted)).Count() != 1) throw new InvalidOperationException("no verdict");
            judged = Math.Min(judged, Stopwatch.GetElapsedTime(began).TotalSeconds);
            cpu = Math.Min(cpu, (Environment.CpuUsage.TotalTime - busy).TotalSeconds);
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"| {format} | {whole:0.00} | {whole / values * 1e7:0.000} | {built:0.00} | {judged:0.00} | {cpu:0.00} |");
    }

    private static double Process(string reference, string current)
    {
        string program = typeof(CompareCommand).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", ["exec", program, "compare", "--reference", reference, "--current", current])
        {
            RedirectStandardOutput = true,
        };
        long began = Stopwatch.GetTimestamp();
        using Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"compare ended with {process.ExitCode}");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Write(string path, int columns, int rows, int seed)
    {
        float[] normal = Normal(rows, seed);
        if (path.EndsWith(".parquet", StringComparison.Ordinal)) WriteParquet(path, columns, normal);
        else WriteArrow(path, columns, normal);
    }

    // Each column holds the same normal values in another order and scale.
    private static float[] Column(float[] normal, int column, int start, int length)
    {
        var values = new float[length];
        for (int i = 0; i < length; i++) values[i] = normal[(int)((start + i + (column * 7919L)) % normal.Length)] * (1 + (column / 100f));
        return values;
    }

    private static void WriteArrow(string path, int columns, float[] normal)
    {
        var schema = new Apache.Arrow.Schema([.. Enumerable.Range(0, columns).Select(c => new Field($"f{c:000}", FloatType.Default, false))], null);
        using FileStream file = File.Create(path);
        using var writer = new ArrowStreamWriter(file, schema);
        for (int start = 0; start < normal.Length; start += Block)
        {
            int length = Math.Min(Block, normal.Length - start);
            using var batch = new RecordBatch(schema, Enumerable.Range(0, columns).Select(
                c => new FloatArray.Builder().Append(Column(normal, c, start, length)).Build()), length);
            writer.WriteRecordBatch(batch);
        }

        writer.WriteEnd();
    }

    private static void WriteParquet(string path, int columns, float[] normal)
    {
        using var writer = new ParquetFileWriter(path, [.. Enumerable.Range(0, columns).Select(c => new Column<float>($"f{c:000}"))]);
        const int group = 1 << 18;
        for (int start = 0; start < normal.Length; start += group)
        {
            using RowGroupWriter rows = writer.AppendRowGroup();
            for (int c = 0; c < columns; c++)
            {
                using LogicalColumnWriter<float> column = rows.NextColumn().LogicalWriter<float>();
                column.WriteBatch(Column(normal, c, start, Math.Min(group, normal.Length - start)));
            }
        }

        writer.Close();
    }

    private static float[] Normal(int rows, int seed)
    {
        var random = new Random(seed);
        var values = new float[rows];
        for (int i = 0; i < rows; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
