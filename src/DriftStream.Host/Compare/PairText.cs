using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Host.Compare;

/// <summary>How the two columns of a pair depend on each other, for people.</summary>
internal static class PairText
{
    /// <summary><c>rank correlation 0.62 [0.61, 0.63], now 0.11 [0.05, 0.17]; Cramer's V 0.41, now 0.08; ...</c>; null of every other signal.</summary>
    public static string? Of(JudgedSignal signal)
    {
        if (signal.Pair is not { } pair) return null;
        (PairDependence was, PairDependence now) = (pair.Reference, pair.Window);
        string[] parts =
        [
            was.Correlation is null && now.Correlation is null ? "" : $"rank correlation {Correlation(was)}, now {Correlation(now)}",
            $"Cramer's V {Figures.Of(was.CramersV, "0.00")}, now {Figures.Of(now.CramersV, "0.00")}",
            $"mutual information {Figures.Of(was.MutualInformation, "0.000")} bits, now {Figures.Of(now.MutualInformation, "0.000")}",
        ];
        return string.Join("; ", parts.Where(p => p.Length > 0));
    }

    private static string Correlation(PairDependence of) => of.Correlation is { } c
        ? $"{Figures.Of(c.Value, "0.00")} [{Figures.Of(c.Low, "0.00")}, {Figures.Of(c.High, "0.00")}]"
        : "unknown";
}
