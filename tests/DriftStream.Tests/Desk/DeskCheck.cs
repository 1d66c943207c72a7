using System.Text;
using DriftStream.Desk;
using DriftStream.Time;

namespace DriftStream.Tests.Desk;

/// <summary>
/// What must hold of a simulated desk once the world stands still. L1, L2 and L7 compare with a fold of the final log; the others look at nothing but what
/// judges and people said and what stands in the outbox.
/// </summary>
/// <remarks>
/// L1 what is said, and what is remembered, is what a fold of the log says, and whoever says it again says the same. L2 under one id each, of which none is
/// missing, and once where there are transactions. L3 nobody is escalated over who answered in time, nor early, nor dated back. L4 each answer counts once,
/// and only those that may are heard. L5 what was said last is what is so. L6 no deadline passes in silence, and the chain is gone through in its order.
/// L7 what is on is in one episode. L8 what is worse than what was acknowledged fires. L9 a deadline is the plan's, and stays as promised. L10 another owner
/// is told, has a whole deadline, and owes nothing to the word of the former one. L11 an acknowledgement holds as long as somebody said. L12 who is away is
/// not told alone.
/// </remarks>
internal sealed class DeskCheck
{
    private readonly DeskWorld _world;
    private readonly DeskShelf _shelf;
    private readonly List<DeskAlert> _alerts = [];
    private readonly List<Reply> _replies = [];
    private readonly HashSet<string> _broken = [];
    // What everybody reads, by id.
    private readonly Dictionary<string, string> _read = [];

    private DeskCheck(DeskWorld world, DeskShelf shelf) => (_world, _shelf) = (world, shelf);

    /// <summary>The laws that are broken.</summary>
    public static IReadOnlyCollection<string> Of(DeskWorld world, IReadOnlyList<SimulatedDesk> last)
    {
        var broken = new HashSet<string>();
        var replied = new List<string>();
        foreach (DeskShelf shelf in world.Shelves)
        {
            var check = new DeskCheck(world, shelf);
            check.Read();
            check.Compare(last[shelf.Index]);
            foreach (IGrouping<string, DeskAlert> episode in check._alerts.GroupBy(a => a.Episode))
                new DeskEpisodeCheck(world, [.. episode.OrderBy(a => a.Revision)], check._replies, check._broken).Check();
            check.Rights();
            broken.UnionWith(check._broken);
            replied.AddRange(check._replies.Select(r => r.Answer.Id));
        }

        if (replied.Count != replied.Distinct().Count()) broken.Add("L4 an answer was counted twice");
        if (world.Answers.Keys.Except(world.Deleted).Except(replied).Any()) broken.Add("L4 an answer was lost");
        if (replied.Except(world.Answers.Keys).Any()) broken.Add("L4 a reply to what nobody said");
        return broken;
    }

    // The first of those that have one id.
    private void Read()
    {
        var revisions = new HashSet<(string, int)>();
        foreach (DeskWord word in _shelf.Outbox)
        {
            string text = TextOf(word);
            if (!_read.TryAdd(word.Id, text))
            {
                if (_world.HasTransactions) _broken.Add("L2 said twice");
                if (_read[word.Id] != text) _broken.Add("L1 said again in other words");
                continue;
            }

            if (word.Reply is { } reply) _replies.Add(reply);
            if (word.Alert is not { } alert) continue;
            _alerts.Add(alert);
            if (!revisions.Add((alert.Episode, alert.Revision))) _broken.Add("L2 one alert under two ids");
            if (alert.Told != word.At) _broken.Add("L3 dated back");
        }
    }

    private void Compare(SimulatedDesk last)
    {
        var fold = new MutantDesk(new DriftStream.Desk.Desk(DeskWorld.PlanAt, 0), _world.Mutant);
        DeskWord[] said = [.. _shelf.Log.SelectMany(l => fold.Say(l.At, l.Record, Duration.Zero))];
        if (!said.Select(w => w.Id).ToHashSet().SetEquals(_read.Keys)) _broken.Add("L2 other ids than those of a fold of the log");
        if (said.Any(w => _read.TryGetValue(w.Id, out string? text) && text != TextOf(w)))
            _broken.Add("L1 other words than those of a fold of the log");
        if (!fold.Desk.Checkpoint(_shelf.Log.Count).AsSpan().SequenceEqual(last.State)) _broken.Add("L1 another state than that of a fold of the log");
        foreach ((string key, bool on) in _world.On)
        {
            string model = key[..2], signal = key[3..];
            if (DeskWorld.ShelfOf(model) != _shelf.Index) continue;
            DeskEpisode[] holders =
                [.. fold.Desk.Episodes.Values.Where(e => e.Model == model && e.Symptoms.Exists(s => s.IsOn && s.Subject.Signal == signal))];
            if (holders.Length != (on ? 1 : 0)) _broken.Add("L7 what is on is not in one episode, or what is off is in one");
        }

        // Acknowledgements and silences have all ended by now.
        DeskAlert[] ends = [.. _alerts.GroupBy(a => a.Episode).Select(e => e.MaxBy(a => a.Revision)!)];
        if (ends.Any(a => a.Status is not (EpisodeStatus.Firing or EpisodeStatus.Resolved))) _broken.Add("L5 neither firing nor over in the end");
        string[] fires = [.. ends.Where(a => a.Status == EpisodeStatus.Firing).SelectMany(a => a.Loud.Select(s => $"{a.Model} {s.Signal}")).Distinct()];
        foreach ((string key, bool on) in _world.On.Where(o => DeskWorld.ShelfOf(o.Key[..2]) == _shelf.Index))
        {
            if (on && !fires.Contains(key)) _broken.Add("L5 on, and that is not what was said last");
            if (on) continue;
            // What has ended beside others that go on is not news; where nothing goes on, it is.
            if (ends.Any(a => a.Status == EpisodeStatus.Firing && a.Loud.All(s => !_world.On[$"{a.Model} {s.Signal}"])))
                _broken.Add("L5 over, and nobody was told");
        }
    }

    private static string TextOf(DeskWord word) =>
        Encoding.UTF8.GetString(word.Alert is { } alert ? DeskAlertJson.Write(alert) : DeskAlertJson.Write(word.Reply!));

    // Who acknowledged, ended, silenced and decided was accountable then, the root owner, reached by the chain, or stood in for one of these.
    private void Rights()
    {
        foreach (Reply reply in _replies.Where(r => r.Outcome == AnswerOutcome.Done && r.Owner != "C"))
        {
            Answer answer = reply.Answer;
            string[] may = answer.Kind switch
            {
                AnswerKind.Acknowledge => Answerable(reply),
                AnswerKind.End when answer.Absence is { } absence => [_world.Answers[absence].Owner],
                AnswerKind.End => reply.Episode is null ? OwnersOf(_world.Answers[answer.Silence!].Answer.Model!) : Answerable(reply),
                AnswerKind.Silence or AnswerKind.Decide => OwnersOf(answer.Model!),
                AnswerKind.Away => [reply.Owner],
            };
            if (!may.Contains(reply.Owner) && !may.Any(of => StandsIn(reply.Owner, of, reply.Heard)))
                _broken.Add(answer.Kind == AnswerKind.Acknowledge ? "L4 a foreigner acknowledged" : "L4 a foreigner was heard");
        }

        foreach (Reply away in _replies.Where(r => r is { Answer.Kind: AnswerKind.Away, Outcome: AnswerOutcome.Done }))
        {
            EventTime from = EventTime.Max(away.Heard, away.Answer.From ?? EventTime.Earliest);
            foreach (DeskAlert alert in _alerts.Where(a => a.Told > from && a.Told < away.Answer.Until && a.Told < BackAgain(away.Answer.Id)))
            {
                if (alert.Owner.Id == away.Owner && !alert.To.Contains(away.Answer.To!)) _broken.Add("L12 somebody who is away was told alone");
            }
        }
    }

    // Of what was told at that very moment it is not known whether it was before or after.
    private string[] Answerable(Reply reply)
    {
        DeskAlert[] told = [.. _alerts.Where(a => a.Episode == reply.Episode && a.Told <= reply.Heard).OrderBy(a => a.Revision)];
        int before = told.Count(a => a.Told < reply.Heard);
        IEnumerable<DeskAlert[]> moments = Enumerable.Range(before, told.Length - before + 1).Select(n => told[..n]).Where(t => t.Length > 0);
        return [.. moments.SelectMany(t => DeskEpisodeCheck.Reached(t).Append(t[^1].Owner.Id))];
    }

    private static string[] OwnersOf(string model) => [DeskWorld.PlanAt(0).OwnerOf(model, false), DeskWorld.PlanAt(1).OwnerOf(model, false)];

    private bool StandsIn(string owner, string of, EventTime at) => DeskWorld.PlanAt(0).IsDelegate(owner, of) || _world.Answers.Values.Any(a =>
        a.Answer.Kind == AnswerKind.Away && a.Owner == of && a.Answer.To == owner && a.Said <= at && at < a.Answer.Until);

    // Each partition's desk hears for itself that an absence is over, at some time after it was said.
    private EventTime BackAgain(string absence) => new(_world.Answers.Values
        .Where(a => a.Answer.Absence == absence && (a.Owner == "C" || a.Owner == _world.Answers[absence].Owner))
        .Select(a => a.Said.Microseconds).DefaultIfEmpty(EventTime.Never.Microseconds).Min());
}
