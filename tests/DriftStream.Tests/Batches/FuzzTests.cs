using System.Diagnostics;
using System.Globalization;
using DriftStream.Batches;
using Xunit;

namespace DriftStream.Tests.Batches;

/// <summary>Damaged messages give a reject or a batch whose every value can be read; never an exception, never much memory.</summary>
[Collection(Alone.Name)]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int LargestSeed = 32_768;

    /// <summary>Set it to a number of mutants: <c>DRIFTSTREAM_FUZZ_MUTANTS=1000000</c>.</summary>
    private const string Variable = "DRIFTSTREAM_FUZZ_MUTANTS";

    private static readonly int Mutants =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out int mutants) ? mutants : 100_000;

    private static readonly InputLimits Limits = new(MessageBytes: 1 << 20, Rows: 10_000, DecompressedBytes: 1 << 20);

    [Fact]
    public void Read_DamagedMessages_NeverThrowsAndStaysBounded()
    {
        byte[][] seeds = [.. Payload.Names().Select(n => Payload.Load(n).Bytes).Where(b => b.Length <= LargestSeed)];
        (int, int)[][] headers = [.. seeds.Select(Mutation.Headers)];
        using ArrowMessageReader without = new(Limits), with = new(Limits, binary: true);
        using var guarded = new GuardedMemory(LargestSeed);
        var random = new Random(20_260_101);
        var message = new byte[LargestSeed];
        var scratch = new Scratch(Limits.Rows);
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long most = 0, slowest = 0;
        for (int mutant = 0; mutant < Mutants; mutant++)
        {
            ArrowMessageReader reader = mutant % 4 == 0 ? with : without;
            int number = random.Next(seeds.Length);
            byte[] seed = seeds[number];
            seed.CopyTo(message, 0);
            int length = Mutation.Apply(random, message.AsSpan(0, seed.Length), headers[number]);
            ReadOnlyMemory<byte> payload = guarded.Hold(message.AsSpan(0, length));
            long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
            Reject? reject = reader.Read(payload);
            slowest = Math.Max(slowest, Stopwatch.GetTimestamp() - started);
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before - (4L * length));
            string reason = reject?.Reason.ToString() ?? "read";
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            if (reject is null) scratch.ReadAll(reader.Batches);
        }

        output.WriteLine(string.Join(", ", reasons.Select(r => $"{r.Key} {r.Value}")));
        output.WriteLine($"slowest {Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds:F1} ms, {most} bytes beyond 4x the message");
        Assert.True(reasons["read"] > Mutants / 20, "too few mutants are read to say anything about values");
        Assert.InRange(most, long.MinValue, 2L * Limits.DecompressedBytes);
    }

    /// <summary>Reads everything that a counter could read.</summary>
    private sealed class Scratch(int rows)
    {
        private readonly double[] _numbers = new double[rows];
        private readonly long[] _times = new long[rows];
        private readonly int[] _codes = new int[rows];

        public void ReadAll(ReadOnlySpan<Batch> batches)
        {
            foreach (Batch batch in batches)
            {
                foreach (Column column in batch.Columns) Read(column);
            }
        }

        private void Read(Column column)
        {
            if (ColumnNumbers.CanWiden(column.Type)) ColumnNumbers.Widen(column, 0, _numbers.AsSpan(0, column.Rows));
            if (ColumnTimes.CanRead(column.Type, TimeUnit.Millisecond))
                ColumnTimes.Read(column, 0, _times.AsSpan(0, column.Rows), TimeUnit.Millisecond);
            if (column.Type.Kind == ColumnKind.Dictionary) ColumnCodes.Read(column, 0, _codes.AsSpan(0, column.Rows));
            if (!column.Type.IsText && !column.Type.IsBinary) return;
            int sum = 0;
            for (int row = 0; row < column.Rows; row++)
            {
                foreach (byte one in column.Type.IsText ? ColumnText.Utf8(column, row) : ColumnText.Binary(column, row)) sum += one;
            }

            _codes[0] = sum;
        }
    }
}
