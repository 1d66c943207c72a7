using System.Text.Json;
using Xunit;

namespace DriftStream.Tests.Statistics;

/// <summary>The files of <c>reference/</c>, and how near a double must come to them.</summary>
internal static class Reference
{
    public static JsonElement Load(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "reference", file))).RootElement;

    public static long[] Longs(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt64())];

    public static double[] Doubles(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];

    /// <summary>Within a relative or an absolute distance, whichever is the greater.</summary>
    public static void Near(double expected, double? actual, string what, double relative = 1e-9, double absolute = 1e-14)
    {
        Assert.True(actual is not null, $"{what}: expected {expected:R}, got null");
        double allowed = Math.Max(absolute, relative * Math.Abs(expected));
        Assert.True(Math.Abs(actual.Value - expected) <= allowed, $"{what}: expected {expected:R}, got {actual.Value:R}");
    }
}
