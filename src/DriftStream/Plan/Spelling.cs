namespace DriftStream.Plan;

/// <summary>What somebody may have meant.</summary>
public static class Spelling
{
    /// <summary>The nearest of the known words, if at most a third of its letters differ; otherwise null.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string? best = null;
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            int most = Math.Max(1, candidate.Length / 3);
            if (Math.Abs(candidate.Length - word.Length) > most) continue;
            int distance = Distance(word, candidate);
            if (distance > most || distance >= least) continue;
            (best, least) = (candidate, distance);
        }

        return best;
    }

    /// <summary><c>did you mean 'owner'?</c>, or null.</summary>
    public static string? Hint(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } near ? $"did you mean '{near}'?" : null;

    /// <summary>How many letters are inserted, dropped or replaced, or swapped with a neighbour (Damerau 1964); case is ignored.</summary>
    public static int Distance(string left, string right)
    {
        var d = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= right.Length; j++) d[0, j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = d[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[left.Length, right.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
