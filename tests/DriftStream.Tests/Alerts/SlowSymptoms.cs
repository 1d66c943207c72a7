using DriftStream.Alerts;
using DriftStream.Judging;

namespace DriftStream.Tests.Alerts;

/// <summary>
/// The rule of docs/configuration.md (fire and resolve) read word by word: before each window it looks at all windows and all turns so far, and keeps
/// nothing else.
/// </summary>
internal static class SlowSymptoms
{
    public static IEnumerable<string> Turns(IReadOnlyList<(long Start, Told Told)> story, AlertSettings settings)
    {
        var turns = new List<(int At, Severity? Told)>();
        for (int i = 0; i < story.Count; i++)
        {
            // What counts lies after the last end; what the owner knows are the turns since then.
            int from = turns.FindLastIndex(t => t.Told is null) is var end and >= 0 ? turns[end].At + 1 : 0;
            List<(int At, Severity? Told)> told = turns.FindAll(t => t.At >= from);
            (long start, Told now) = story[i];
            int[] chain = [.. Enumerable.Range(from, i + 1 - from).Where(j => (start - story[j].Start) % SymptomStory.Size == 0)];
            if (now.Speaks)
            {
                int[] news =
                [
                    .. chain.Where(j => start - story[j].Start < settings.FireOf * SymptomStory.Size)
                        .Where(j => story[j].Told.Speaks && (told.Count == 0 || story[j].Told.Severity > told[^1].Told)),
                ];
                if (news.Length < settings.FireAfter || !news.Contains(i)) continue;
                turns.Add((i, now.Severity));
                yield return $"{start}F{(told.Count == 0 ? story[news[0]].Start : Since(story, told[0].At, from, settings))}{now.Severity}{told.Count + 1}";
            }
            else if (told.Count > 0)
            {
                int last = Enumerable.Range(0, i).Last(j => story[j].Told.Speaks);
                int opened = told[0].At;
                int[] spoke = [.. Enumerable.Range(from, i - from).Where(j => j > opened || InChain(story, j, opened, settings))];
                bool info = spoke.Any(j => story[j].Told.Info == Judgement.Drifting), critical = spoke.Any(j => story[j].Told.Critical == Judgement.Drifting);
                int quiet = chain.Count(j => j > last && IsQuiet(story[j].Told, info, critical));
                bool late = start - story[last].Start >= 4 * settings.ResolveAfter * SymptomStory.Size;
                if (quiet < settings.ResolveAfter && !late) continue;
                turns.Add((i, null));
                yield return $"{start}R{quiet}";
            }
        }
    }

    private static bool IsQuiet(Told told, bool info, bool critical) =>
        (told.Info == Judgement.Steady || told.Critical == Judgement.Steady)
        && !(info && told.Info != Judgement.Steady)
        && !(critical && told.Critical != Judgement.Steady);

    private static long Since(IReadOnlyList<(long Start, Told Told)> story, int opened, int from, AlertSettings settings) =>
        story[Enumerable.Range(from, opened + 1 - from).First(j => InChain(story, j, opened, settings))].Start;

    private static bool InChain(IReadOnlyList<(long Start, Told Told)> story, int j, int opened, AlertSettings settings)
    {
        long apart = story[opened].Start - story[j].Start;
        return story[j].Told.Speaks && apart % SymptomStory.Size == 0 && apart < settings.FireOf * SymptomStory.Size;
    }
}
