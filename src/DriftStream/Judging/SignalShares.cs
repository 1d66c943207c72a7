using System.Collections.Immutable;
using DriftStream.Statistics;

namespace DriftStream.Judging;

/// <summary>
/// What can be drawn of a signal: its shares of the reference and of the window in at most <see cref="Most"/> cells. Ranges are the deciles of the
/// reference; of categories the largest stay by themselves, and the rest is <c>other</c>.
/// </summary>
/// <param name="Cells">Names of the cells, values first, then <c>other</c>, then what is no value: unseen or NaN, and missing.</param>
/// <param name="Reference">The share of each in the reference, 0 to 1, to six digits.</param>
/// <param name="Window">The share of each in the window.</param>
public sealed record SignalShares(ImmutableArray<string> Cells, ImmutableArray<double> Reference, ImmutableArray<double> Window)
{
    /// <summary>The most cells.</summary>
    public const int Most = 20;

    /// <summary>What is put together because it is small.</summary>
    public const string Other = "other";

    /// <summary>The longest name in characters; a picture shows no more of one.</summary>
    private const int LongestName = 100;

    // Behind the values: unseen or NaN, and missing.
    private const int NoValues = 2;

    /// <param name="groups">The cells.</param>
    /// <param name="least">
    /// A value that fewer rows of a sample have, but at least one, joins <c>other</c>, and then the next smallest, until <c>other</c> has so many
    /// rows of each sample that has any there. How many rows are missing or unseen is no value of anybody, and stays by itself.
    /// </param>
    /// <returns>Null where a sample is empty.</returns>
    internal static SignalShares? Of(CellGroups groups, int least)
    {
        long rows = CountPair.Sum(groups.Reference), windowRows = CountPair.Sum(groups.Window);
        if (rows == 0 || windowRows == 0) return null;
        int values = groups.Count - NoValues;
        bool[] joins = Joining(groups, least, Most);
        var (names, reference, window) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<double>(),
            ImmutableArray.CreateBuilder<double>());
        (long OfReference, long OfWindow) other = default;
        for (int i = 0; i < values; i++)
        {
            if (joins[i]) other = (other.OfReference + groups.Reference[i], other.OfWindow + groups.Window[i]);
            else Add(groups.Name(i), groups.Reference[i], groups.Window[i]);
        }

        Add(Other, other.OfReference, other.OfWindow);
        for (int i = values; i < groups.Count; i++) Add(groups.Name(i), groups.Reference[i], groups.Window[i]);
        return new SignalShares(names.ToImmutable(), reference.ToImmutable(), window.ToImmutable());

        void Add(string name, long ofReference, long ofWindow)
        {
            if (ofReference + ofWindow == 0) return;
            names.Add(Cut(name));
            reference.Add(Share(ofReference, rows));
            window.Add(Share(ofWindow, windowRows));
        }
    }

    /// <summary>Of each value whether it joins <c>other</c>, as <see cref="Of"/> says, so that at most <paramref name="most"/> cells are left.</summary>
    internal static bool[] Joining(CellGroups groups, int least, int most)
    {
        var joins = new bool[groups.Count - NoValues];
        (long rows, long windowRows) = (CountPair.Sum(groups.Reference), CountPair.Sum(groups.Window));
        int[] smallestFirst =
        [
            .. Enumerable.Range(0, joins.Length).Where(i => groups.Reference[i] + groups.Window[i] > 0)
                .OrderBy(i => Math.Max((double)groups.Reference[i] / rows, (double)groups.Window[i] / windowRows)).ThenByDescending(i => i),
        ];
        (long OfReference, long OfWindow) other = default;
        int apart = smallestFirst.Length;
        foreach (int i in smallestFirst.Where(i => IsSmall(groups.Reference[i]) || IsSmall(groups.Window[i]))) Join(i);
        foreach (int i in smallestFirst)
        {
            bool isOver = apart + (apart < smallestFirst.Length ? 1 : 0) > most - NoValues;
            if (!isOver && !IsSmall(other.OfReference) && !IsSmall(other.OfWindow)) break;
            if (!joins[i]) Join(i);
        }

        return joins;

        bool IsSmall(long count) => count > 0 && count < least;

        void Join(int i)
        {
            joins[i] = true;
            apart--;
            other = (other.OfReference + groups.Reference[i], other.OfWindow + groups.Window[i]);
        }
    }

    private static double Share(long count, long rows) => Math.Round((double)count / rows, 6);

    // Never in the middle of a character of two halves.
    private static string Cut(string name) =>
        name.Length <= LongestName ? name : name[..(char.IsHighSurrogate(name[LongestName - 2]) ? LongestName - 2 : LongestName - 1)] + "…";
}
