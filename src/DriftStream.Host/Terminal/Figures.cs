using System.Globalization;
using DriftStream.Statistics;

namespace DriftStream.Host.Terminal;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>A p-value; the least that is ever reported is a bound, not a value: <c>&lt; 1e-300</c>.</summary>
    public static string PValue(double? p, string format = "0.0e+0") =>
        p is { } known && known <= Statistic.LeastPValue ? "< 1e-300" : Of(p, format);

    /// <summary>Empty where there is none.</summary>
    public static string Of(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    public static string Percent(double share) => Of(share, "0.0 %");
}
