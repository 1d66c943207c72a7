using System.Globalization;
using DriftStream.Statistics;
using DriftStream.Time;

namespace DriftStream.Host.Terminal;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    private const double MostDigits = 1e15;

    private const string Exponent = "0.####e+0";

    /// <summary>A p-value; the least that is ever reported is a bound, not a value: <c>&lt; 1e-300</c>.</summary>
    public static string PValue(double? p, string format = "0.0e+0") =>
        p is { } known && known <= Statistic.LeastPValue ? "< 1e-300" : Of(p, format);

    /// <summary>Empty where there is none. From so many digits on nobody counts them: 1e15 and more is written with an exponent.</summary>
    public static string Of(double? value, string format) =>
        value?.ToString(Math.Abs(value.Value) >= MostDigits && !format.Contains('e') ? Exponent : format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The same with its sign.</summary>
    public static string OfChange(double? change, string format) => change is { } great && Math.Abs(great) >= MostDigits
        ? (great > 0 ? "+" : "") + Of(great, format)
        : Of(change, $"+{format};-{format};{format}");

    /// <summary>How long something takes, in its two greatest units: <c>3d 4h</c>, <c>45s</c>.</summary>
    public static string Lag(Duration lag)
    {
        TimeSpan time = TimeSpan.FromMicroseconds(lag.Microseconds);
        (int Count, string Unit)[] units = [((int)time.TotalDays, "d"), (time.Hours, "h"), (time.Minutes, "m"), (time.Seconds, "s")];
        string[] told = [.. units.SkipWhile(u => u.Count == 0).Take(2).Where(u => u.Count > 0).Select(u => $"{u.Count}{u.Unit}")];
        return told.Length == 0 ? "1s" : string.Join(' ', told);
    }

    public static string Percent(double share) => Of(share, "0.0 %");
}
