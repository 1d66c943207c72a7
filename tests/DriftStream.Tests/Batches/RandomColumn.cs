using System.Globalization;
using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace DriftStream.Tests.Batches;

/// <summary>A column made by Apache.Arrow's builders, and its values as <see cref="ColumnReading.Text"/> writes them.</summary>
internal sealed record RandomColumn(IArrowType Type, IArrowArray Array, string?[] Values)
{
    private static readonly string[] Words =
        ["", "a", "alpha", "exactly12byt", "thirteen byte", "Ünïcödé 日本語", new string('x', 300)];

    private static readonly Func<Random, int, RandomColumn>[] Kinds =
    [
        (r, n) => Numbers(r, n, new Int8Array.Builder(), Int8Type.Default, x => (sbyte)x.Next()),
        (r, n) => Numbers(r, n, new Int16Array.Builder(), Int16Type.Default, x => (short)x.Next()),
        (r, n) => Numbers(r, n, new Int32Array.Builder(), Int32Type.Default, x => x.Next() - x.Next()),
        (r, n) => Numbers(r, n, new Int64Array.Builder(), Int64Type.Default, x => x.NextInt64(long.MinValue, long.MaxValue)),
        (r, n) => Numbers(r, n, new UInt8Array.Builder(), UInt8Type.Default, x => (byte)x.Next()),
        (r, n) => Numbers(r, n, new UInt16Array.Builder(), UInt16Type.Default, x => (ushort)x.Next()),
        (r, n) => Numbers(r, n, new UInt32Array.Builder(), UInt32Type.Default, x => (uint)x.NextInt64()),
        (r, n) => Numbers(r, n, new UInt64Array.Builder(), UInt64Type.Default, x => (ulong)x.NextInt64() * 2),
        (r, n) => Numbers(r, n, new HalfFloatArray.Builder(), HalfFloatType.Default, x => (Half)Floating(x)),
        (r, n) => Numbers(r, n, new FloatArray.Builder(), FloatType.Default, x => (float)Floating(x)),
        (r, n) => Numbers(r, n, new DoubleArray.Builder(), DoubleType.Default, Floating),
        Bools, Text, Texts, Dictionary, Decimals, Timestamps, Lists, Nulls,
    ];

    public static RandomColumn Of(Random random, int kind, int rows) => Kinds[kind](random, rows);

    public static int KindCount => Kinds.Length;

    public RandomColumn Slice(int start, int length) =>
        this with { Array = ArrowArrayFactory.Slice(Array, start, length), Values = Values[start..(start + length)] };

    private static double Floating(Random random) => random.Next(8) switch
    {
        0 => double.NaN,
        1 => double.NegativeInfinity,
        2 => -0.0,
        _ => random.NextDouble() * 100,
    };

    private static RandomColumn Numbers<T, TArray, TBuilder>(
        Random random, int rows, PrimitiveArrayBuilder<T, TArray, TBuilder> builder, IArrowType type, Func<Random, T> next)
        where T : struct, INumber<T>
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<TArray>
    {
        var values = new string?[rows];
        double nulls = Share(random);
        for (int i = 0; i < rows; i++)
        {
            T value = next(random);
            bool isNull = random.NextDouble() < nulls;
            if (isNull) builder.AppendNull();
            else builder.Append(value);
            bool exact = value is sbyte or short or int or long or byte or ushort or uint or ulong;
            values[i] = isNull ? null
                : exact ? value.ToString(null, CultureInfo.InvariantCulture) : ColumnReading.Double(double.CreateTruncating(value));
        }

        return new RandomColumn(type, builder.Build(null), values);
    }

    private static RandomColumn Bools(Random random, int rows)
    {
        var builder = new BooleanArray.Builder();
        string?[] values = Fill(random, rows, () => builder.AppendNull(), () =>
        {
            bool value = random.Next(2) == 0;
            builder.Append(value);
            return value ? "true" : "false";
        });
        return new RandomColumn(BooleanType.Default, builder.Build(), values);
    }

    private static RandomColumn Text(Random random, int rows)
    {
        var builder = new StringArray.Builder();
        string?[] values = Fill(random, rows, () => builder.AppendNull(), () => Append(random, word => builder.Append(word)));
        return new RandomColumn(StringType.Default, builder.Build(), values);
    }

    private static RandomColumn Texts(Random random, int rows)
    {
        var builder = new StringViewArray.Builder();
        string?[] values = Fill(random, rows, () => builder.AppendNull(), () => Append(random, word => builder.Append(word)));
        return new RandomColumn(StringViewType.Default, builder.Build(), values);
    }

    private static RandomColumn Dictionary(Random random, int rows)
    {
        RandomColumn dictionary = random.Next(2) == 0 ? Text(random, 20) : Texts(random, 20);
        RandomColumn indices = random.Next(3) switch
        {
            0 => Numbers(random, rows, new Int8Array.Builder(), Int8Type.Default, x => (sbyte)x.Next(20)),
            1 => Numbers(random, rows, new UInt16Array.Builder(), UInt16Type.Default, x => (ushort)x.Next(20)),
            _ => Numbers(random, rows, new Int64Array.Builder(), Int64Type.Default, x => (long)x.Next(20)),
        };
        string? ValueAt(string? index) => index is null ? null : dictionary.Values[int.Parse(index, CultureInfo.InvariantCulture)];
        string?[] values = [.. indices.Values.Select(ValueAt)];
        var type = new DictionaryType(indices.Type, dictionary.Type, false);
        return new RandomColumn(type, new DictionaryArray(type, indices.Array, dictionary.Array), values);
    }

    private static RandomColumn Decimals(Random random, int rows)
    {
        var type = new Decimal128Type(20, 3);
        var builder = new Decimal128Array.Builder(type);
        string?[] values = Fill(random, rows, () => builder.AppendNull(), () =>
        {
            decimal value = random.NextInt64(-1L << 60, 1L << 60) / 1000m;
            builder.Append(value);
            return (value * 1000).ToString("0", CultureInfo.InvariantCulture);
        });
        return new RandomColumn(type, builder.Build(), values);
    }

    private static RandomColumn Timestamps(Random random, int rows)
    {
        var type = new TimestampType(TimeUnit.Millisecond, "UTC");
        var builder = new TimestampArray.Builder(type);
        string?[] values = Fill(random, rows, () => builder.AppendNull(), () =>
        {
            long value = random.NextInt64(-1L << 40, 1L << 40);
            builder.Append(DateTimeOffset.FromUnixTimeMilliseconds(value));
            return value.ToString(CultureInfo.InvariantCulture);
        });
        return new RandomColumn(type, builder.Build(), values);
    }

    private static RandomColumn Lists(Random random, int rows)
    {
        var builder = new ListArray.Builder(Int32Type.Default);
        var items = (Int32Array.Builder)builder.ValueBuilder;
        Fill(random, rows, () => builder.AppendNull(), () =>
        {
            builder.Append();
            for (int i = random.Next(4); i > 0; i--) items.Append(i);
            return "";
        });
        return new RandomColumn(new ListType(Int32Type.Default), builder.Build(), new string?[rows]);
    }

    private static RandomColumn Nulls(Random random, int rows) => new(NullType.Default, new NullArray(rows), new string?[rows]);

    private static string?[] Fill(Random random, int rows, Action appendNull, Func<string> append)
    {
        var values = new string?[rows];
        double nulls = Share(random);
        for (int i = 0; i < rows; i++)
        {
            if (random.NextDouble() < nulls) appendNull();
            else values[i] = append();
        }

        return values;
    }

    private static string Append(Random random, Action<string> append)
    {
        string word = Words[random.Next(Words.Length)];
        append(word);
        return word;
    }

    // None, a few, all.
    private static double Share(Random random) => random.Next(4) switch { 0 => 0, 1 => 1.1, _ => random.NextDouble() };
}
