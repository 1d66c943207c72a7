// Makes the sample data beside this file from the published originals; README.md says where those come from.
//
//     dotnet run make.cs -- employment_MA_reference.pq employment_MA_analysis.pq adult.data employment_MA_analysis_target.pq [output folder]
//
// The same inputs give the same values on every run and machine: the only randomness is the generator below.
#:package Parquet.Net
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property EnforceCodeStyleInBuild=false

using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

if (args.Length is < 4 or > 5)
{
    Console.Error.WriteLine(
        "usage: dotnet run make.cs -- employment_MA_reference.pq employment_MA_analysis.pq adult.data employment_MA_analysis_target.pq [output folder]");
    return 2;
}

string output = args.Length == 5 ? args[4] : Path.GetDirectoryName(SourcePath())!;
var random = new SplitMix(2);

Table reference = (await Table.ReadParquet(args[0])).Without("year");
await reference.Write(Path.Combine(output, "reference-2015.parquet"));

Table stream = Employment(await Table.ReadParquet(args[1]), random);
await stream.Write(Path.Combine(output, "stream-2016-2018.parquet"));
await Labels(stream, await Table.ReadParquet(args[3])).Write(Path.Combine(output, "labels-2018.parquet"));

Table adult = Table.ReadAdult(args[2]);
DateTime first = new(2016, 1, 1), last = new(2019, 1, 1);
await adult.Take(Every(adult.Rows, 0)).Write(Path.Combine(output, "income-baseline.parquet"));
int[] odd = Every(adult.Rows, 1);
random.Shuffle(odd);
await adult.Take(odd).WithTimes(Even(odd.Length, first, last)).Write(Path.Combine(output, "income-stream.parquet"));

int[] some = Every(adult.Rows, 1);
random.Shuffle(some);
DateTime[] threeWeeks = Even(500, new DateTime(2017, 5, 1), new DateTime(2017, 5, 22));
await adult.Take(some[..500]).WithTimes(threeWeeks).Write(Path.Combine(output, "unregistered.parquet"));
return 0;

// Three steady years, and the five faults that faults.json tells about.
static Table Employment(Table source, SplitMix random)
{
    long[] year = source.Column<long>("year");
    var order = new List<int>();
    var times = new List<DateTime>();
    foreach (int y in (int[])[2016, 2017, 2018])
    {
        int[] rows = [.. Enumerable.Range(0, source.Rows).Where(i => year[i] == y)];
        random.Shuffle(rows);
        order.AddRange(rows);
        times.AddRange(Even(rows.Length, new DateTime(y, 1, 1), new DateTime(y + 1, 1, 1)));
    }

    Table table = source.Without("year").Take([.. order]).WithTimes([.. times]);
    string?[] schooling = table.Column<string?>("SCHL"), relation = table.Column<string?>("RELP"), sex = table.Column<string?>("SEX");
    string?[] remembers = table.Column<string?>("DREM");
    double[] age = table.Column<double>("AGEP");
    long[] decision = table.Column<long>("prediction");
    var arrives = new List<int>();
    int nulled = 0, renamed = 0, aged = 0, refused = 0;
    for (int i = 0; i < table.Rows; i++)
    {
        DateTime t = times[i];
        bool hit = random.Unit() < 0.35;
        if (hit && Between(t, new(2016, 5, 2), new(2016, 5, 30)))
        {
            schooling[i] = null;
            nulled++;
        }

        if (remembers[i] == "1" && Between(t, new(2016, 9, 5), new(2016, 10, 3)))
        {
            remembers[i] = "yes";
            renamed++;
        }

        if (Between(t, new(2017, 10, 2), new(2017, 10, 30)))
        {
            age[i] *= 12;
            aged++;
        }

        if (hit && sex[i] == "2" && decision[i] == 1 && Between(t, new(2018, 6, 4), new(2018, 7, 30)))
        {
            decision[i] = 0;
            refused++;
        }

        if (!(relation[i] is "16" or "17" && Between(t, new(2017, 3, 6), new(2017, 5, 29)))) arrives.Add(i);
    }

    int missed = table.Rows - arrives.Count;
    Console.WriteLine($"rows: {nulled} without SCHL, {renamed} with DREM renamed, {missed} do not arrive, {aged} with AGEP in months, {refused} turned to 0");
    return table.Take([.. arrives]);
}

// What was true of the persons of 2018, known a quarter after they were asked; as far as it is known by the end of that year.
static Table Labels(Table stream, Table truth)
{
    long[] id = stream.Column<long>("id");
    DateTime[] asked = stream.Column<DateTime>("event_time");
    Dictionary<long, long> employed = truth.Column<long>("id").Zip(truth.Column<long>("employed")).ToDictionary(t => t.First, t => t.Second);
    int[] known = [.. Enumerable.Range(0, stream.Rows).Where(i => Between(asked[i].AddDays(91), new(2018, 4, 2), new(2019, 1, 1)))];
    return new Table(known.Length,
    [
        ("id", known.Select(i => id[i]).ToArray()),
        ("known_at", known.Select(i => asked[i].AddDays(91)).ToArray()),
        ("employed", known.Select(i => employed[id[i]]).ToArray()),
    ]);
}

static bool Between(DateTime t, DateTime from, DateTime to) => from <= t && t < to;

static int[] Every(int rows, int odd) => [.. Enumerable.Range(0, rows).Where(i => i % 2 == odd)];

// n whole seconds, evenly over [from, to), the ends half a step away.
static DateTime[] Even(int n, DateTime from, DateTime to)
{
    long seconds = (long)(to - from).TotalSeconds;
    var times = new DateTime[n];
    for (int i = 0; i < n; i++) times[i] = DateTime.SpecifyKind(from.AddSeconds(((2L * i) + 1) * seconds / (2L * n)), DateTimeKind.Utc);
    return times;
}

static string SourcePath([CallerFilePath] string path = "") => path;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): the framework's generator may change between versions, this cannot.</summary>
sealed class SplitMix(ulong state)
{
    private ulong _state = state;

    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle(int[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)Math.BigMul(Next(), (ulong)(i + 1), out _);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>Named columns of equal length: long[], double[], string?[] or DateTime[].</summary>
sealed class Table(int rows, List<(string Name, Array Values)> columns)
{
    public int Rows => rows;

    public T[] Column<T>(string name) => (T[])columns.First(c => c.Name == name).Values;

    public Table Without(string name) => new(rows, [.. columns.Where(c => c.Name != name)]);

    public Table WithTimes(DateTime[] times) => new(rows, [columns[0], ("event_time", times), .. columns[1..]]);

    public Table Take(int[] order) => new(order.Length, [.. columns.Select(c => (c.Name, Taken(c.Values, order)))]);

    public static async Task<Table> ReadParquet(string path)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path);
        if (reader.RowGroupCount != 1) throw new NotSupportedException($"{path}: expected one row group");
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        int rows = (int)group.RowCount;
        var columns = new List<(string, Array)>();
        foreach (DataField field in reader.Schema.GetDataFields())
        {
            if (field.ClrType == typeof(long)) columns.Add((field.Name, await Numbers<long>(group, field, rows)));
            else if (field.ClrType == typeof(double)) columns.Add((field.Name, await Numbers<double>(group, field, rows)));
            else columns.Add((field.Name, await Texts(group, field, rows)));
        }

        return new(rows, columns);
    }

    /// <summary>The income data without the answer: a service that predicts does not know it. id = row of the original, from 0.</summary>
    public static Table ReadAdult(string path)
    {
        string[][] lines = [.. File.ReadLines(path).Where(l => l.Length > 0).Select(l => l.Split(','))];
        string[][] rows = lines[1..];
        var columns = new List<(string, Array)> { ("id", Enumerable.Range(0, rows.Length).Select(i => (long)i).ToArray()) };
        for (int c = 0; c < lines[0].Length; c++)
        {
            string name = lines[0][c];
            if (name == "income") continue;
            bool number = name is "age" or "fnlwgt" or "education_num" or "capital_gain" or "capital_loss" or "hr_per_week";
            columns.Add((name, number
                ? rows.Select(r => double.Parse(r[c], CultureInfo.InvariantCulture)).ToArray()
                : rows.Select(r => (string?)r[c]).ToArray()));
        }

        return new(rows.Length, columns);
    }

    public async Task Write(string path)
    {
        var schema = new ParquetSchema([.. columns.Select(c => (Field)(c.Values switch
        {
            DateTime[] => new DateTimeDataField(c.Name, DateTimeFormat.Timestamp, true, DateTimeTimeUnit.Micros, isNullable: false),
            string?[] => new DataField<string>(c.Name, nullable: true),
            long[] => new DataField<long>(c.Name, nullable: false),
            _ => new DataField<double>(c.Name, nullable: false),
        }))]);
        var options = new ParquetOptions
        {
            CompressionMethod = CompressionMethod.Zstd,
            CompressionLevel = CompressionLevel.SmallestSize,
            DictionaryEncodingThreshold = 0.5,
        };
        using FileStream stream = File.Create(path);
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, options))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            DataField[] fields = schema.GetDataFields();
            for (int i = 0; i < fields.Length; i++)
            {
                switch (columns[i].Values)
                {
                    case DateTime[] v: await group.WriteAsync<DateTime>(fields[i], v); break;
                    case string?[] v: await group.WriteAsync(fields[i], v!); break;
                    case long[] v: await group.WriteAsync<long>(fields[i], v); break;
                    case double[] v: await group.WriteAsync<double>(fields[i], v); break;
                }
            }
        }

        Console.WriteLine($"{path}: {rows} rows, {new FileInfo(path).Length} bytes");
    }

    private static Array Taken(Array values, int[] order) => values switch
    {
        long[] v => Array.ConvertAll(order, i => v[i]),
        double[] v => Array.ConvertAll(order, i => v[i]),
        string?[] v => Array.ConvertAll(order, i => v[i]),
        DateTime[] v => Array.ConvertAll(order, i => v[i]),
        _ => throw new NotSupportedException(),
    };

    private static async Task<T[]> Numbers<T>(ParquetRowGroupReader group, DataField field, int rows) where T : struct
    {
        var values = new T?[rows];
        await group.ReadAsync<T>(field, (Memory<T?>)values);
        return Array.ConvertAll(values, v => v ?? throw new InvalidDataException($"{field.Name} has a null"));
    }

    private static async Task<string?[]> Texts(ParquetRowGroupReader group, DataField field, int rows)
    {
        var values = new ReadOnlyMemory<char>?[rows];
        await group.ReadAsync<ReadOnlyMemory<char>>(field, (Memory<ReadOnlyMemory<char>?>)values);
        var known = new Dictionary<ReadOnlyMemory<char>, string>();
        return Array.ConvertAll(values, v => v is not { } m ? null : known.TryGetValue(m, out string? s) ? s : known[m] = m.ToString());
    }
}
