using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Judging;

/// <summary>The rows that came in a model's windows of one name.</summary>
/// <param name="Model">The model.</param>
/// <param name="Window">Name of its windows.</param>
/// <param name="Next">Start of the window after the last one, event time in microseconds.</param>
/// <param name="Every">Step from one start to the next, in microseconds: with another one they are other windows.</param>
/// <param name="Rows">Rows of the windows before the gap, the oldest first.</param>
/// <param name="Gap">Rows of the last windows, if those that expect some lack theirs.</param>
public sealed record VolumeState(string Model, string Window, EventTime Next, Duration Every, ImmutableArray<long> Rows, ImmutableArray<long> Gap)
{
    /// <summary>Start of the first window of the gap that lacks rows; null where none does.</summary>
    public EventTime? Since { get; init; }

    /// <summary>The zone whose days the windows are made of, likewise; null where they are not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Zone? DaysOf { get; init; }
}

/// <summary>
/// What a judge knows of the volume of its models: the rows of four weeks of windows, of all versions together. Each window is seen once, in the order of time.
/// </summary>
public sealed class Volumes
{
    /// <summary>The most windows that are kept.</summary>
    public const int MostWindows = 4_032;

    private readonly SortedDictionary<string, VolumeState> _states = new(StringComparer.Ordinal);

    /// <summary>All that is known.</summary>
    public ImmutableArray<VolumeState> Save() => [.. _states.Values];

    /// <summary>Volumes as they were saved; default in checkpoints of earlier releases.</summary>
    public static Volumes Restore(ImmutableArray<VolumeState> states)
    {
        var volumes = new Volumes();
        foreach (VolumeState state in states.IsDefault ? [] : states) volumes._states.Add(Key(state.Model, state.Window), state);
        return volumes;
    }

    /// <summary>
    /// Takes note of a window and says what the model's volume so far makes of it; null for one that was seen before, or may lack rows that came.
    /// </summary>
    /// <param name="window">The window, with the rows of all versions in <see cref="ClosedWindow.Lost"/>.</param>
    public VolumeReading? See(ClosedWindow window)
    {
        if (window.Lost is not { } all || window.CutBy is not null) return null;
        WindowSettings of = window.Window;
        if (!_states.TryGetValue(Key(window.Model, of.Name), out VolumeState? state) || (state.Every, state.DaysOf) != (of.Every, of.DaysOf))
            state = new VolumeState(window.Model, of.Name, window.Start, of.Every, [], []) { DaysOf = of.DaysOf };
        EventTime last = of.StartBefore(window.End);
        if (last < state.Next) return null;
        // A window that has grown is several, which share its rows; one that was never told had none.
        long parts = Math.Max(1, of.Sizes(window.Start, window.End));
        if (last >= of.Shift(state.Next, MostWindows + 1)) state = state with { Next = of.Shift(last, -MostWindows) };
        while (state.Next < last) state = Settled(Add(state, of, state.Next >= window.Start ? all.Rows / parts : 0), of).State;

        (VolumeState next, VolumeReading reading) = Settled(Add(state, of, all.Rows / parts), of);
        _states[Key(window.Model, of.Name)] = next;
        return window.Complete ? reading : null;
    }

    /// <summary>Forgets models and windows that the plan does not have any more.</summary>
    public void Keep(Func<string, IEnumerable<string>> windows)
    {
        foreach (VolumeState state in _states.Values.Where(s => !windows(s.Model).Contains(s.Window)).ToArray()) _states.Remove(Key(state.Model, state.Window));
    }

    // An id holds no line's end.
    private static string Key(string model, string window) => $"{model}\n{window}";

    private static VolumeState Add(VolumeState state, WindowSettings of, long rows) =>
        state with { Next = of.Shift(state.Next, 1), Gap = state.Gap.Add(rows) };

    // The last window's rows stand at the end of the gap: they prolong it, or end it.
    private static (VolumeState State, VolumeReading Reading) Settled(VolumeState state, WindowSettings of)
    {
        Volume? volume = Volume.Of([.. state.Rows], state.Every / (double)EventTime.Hour);
        int ahead = state.Gap.Length;
        long rows = state.Gap[^1];
        if (volume is null || ahead > MostWindows) return (Kept(state), new VolumeReading(null, null, null));
        double expected = volume.Expected(ahead);
        bool lacks = volume.Lacks(ahead, rows);
        if (!lacks && (expected >= 1 || rows > 0)) return (Kept(state), new VolumeReading(1, expected, null));
        EventTime start = of.Shift(state.Next, -1);
        if (lacks) state = state with { Since = state.Since ?? start };
        if (state.Since is null) return (Kept(state), new VolumeReading(null, expected, null));
        double gap = 0;
        for (int i = 1; i <= ahead; i++)
        {
            if (volume.Lacks(i, state.Gap[i - 1])) gap += Math.Log(Math.Max(volume.Probability(i, state.Gap[i - 1]), double.Epsilon));
        }

        return (state, new VolumeReading(gap < 2 * volume.UsualGap ? Math.Max(Math.Exp(gap), 1e-300) : 1, expected, state.Since));
    }

    private static VolumeState Kept(VolumeState state)
    {
        long most = Math.Clamp(Duration.FromDays(28) / state.Every, 8, MostWindows);
        ImmutableArray<long> rows = state.Rows.AddRange(state.Gap);
        return state with { Rows = rows.Length > most ? rows[^(int)most..] : rows, Gap = [], Since = null };
    }
}
