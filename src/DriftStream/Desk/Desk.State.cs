using System.Collections.Immutable;

namespace DriftStream.Desk;

/// <content>What is kept for a restart.</content>
public sealed partial class Desk
{
    /// <summary>The state after the record before <paramref name="next"/>, as <see cref="DeskCheckpoint"/> writes it.</summary>
    public byte[] Checkpoint(long next) => DeskCheckpoint.Write(new DeskState(next, _epoch, _plan.Hash, _now, _forgot)
    {
        Episodes = [.. _episodes.Values],
        Silences = [.. _silences.Values],
        Absences = [.. _absences],
        EarlyEnds = [.. _earlyEnds],
        Heard = _heard.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Answers = _answers.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Decisions = _decisions.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Actions = [.. _actions.Values],
        Versions = [.. _versions.Values],
        Ends = [.. _ends.OrderBy(e => e.Key.Model, StringComparer.Ordinal).ThenBy(e => e.Key.Window, StringComparer.Ordinal)
            .Select(e => new WindowEnd(e.Key.Model, e.Key.Window, e.Value))],
    });

    /// <summary>A desk as it was saved.</summary>
    public static Desk Restore(Func<long, DeskPlan> plans, DeskState state)
    {
        var desk = new Desk(plans, state.Epoch) { _now = state.Now, _forgot = state.Forgot };
        foreach (DeskEpisode episode in state.Episodes) desk.Add(episode);
        foreach (Silence silence in state.Silences) desk._silences.Add(silence.Id, silence);
        desk._absences.AddRange(state.Absences);
        desk._earlyEnds.AddRange(state.EarlyEnds);
        foreach ((string topic, long next) in state.Heard) desk._heard.Add(topic, next);
        foreach ((string id, Time.EventTime said) in state.Answers) desk._answers.Add(id, said);
        foreach ((string model, Decision decision) in state.Decisions) desk._decisions.Add(model, decision);
        foreach (DeskAction action in state.Actions) desk.Remember(action);
        foreach (KnownVersions versions in state.Versions) desk._versions.Add(versions.Model, versions);
        foreach (WindowEnd end in state.Ends) desk._ends.Add((end.Model, end.Window), end.End);
        return desk;
    }
}
