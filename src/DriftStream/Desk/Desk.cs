using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>What one record made the desk say.</summary>
/// <param name="Alerts">Revisions of episodes, in the order in which they are told.</param>
/// <param name="Replies">What is said to whoever answered.</param>
/// <param name="Missed">Owners that had to answer by a time that has passed, once an episode and deadline.</param>
public sealed record DeskOutput(ImmutableArray<DeskAlert> Alerts, ImmutableArray<Reply> Replies, ImmutableArray<string> Missed)
{
    /// <summary>Recommendations whose state has changed, in the order in which that happened.</summary>
    public ImmutableArray<DeskAction> Actions { get; init; } = [];

    /// <summary>Nothing is said.</summary>
    public static DeskOutput Nothing { get; } = new([], [], []);
}

/// <summary>
/// The owners' desk: a fold of one log, in which stands what judges found, what people said, and how late it is. It groups symptoms into episodes, tells
/// owners, hears answers, and reminds and escalates where none comes.
/// </summary>
/// <remarks>
/// No clock: which symptoms belong together is decided in event time; when something is told or due, in the time at which records were appended, and only
/// a <see cref="TimeHeard"/> lets that pass, for all that was said before it stands above it. So nobody is escalated over who answered in time.
/// What is late is not dated back: told at t, the owner's time runs from t.
/// </remarks>
public sealed partial class Desk
{
    /// <summary>How many open episodes a model may have; what begins beyond joins the youngest.</summary>
    public const int MostOpen = 1000;

    /// <summary>How many silences an owner may have.</summary>
    public const int MostSilences = 1000;

    /// <summary>How long ended episodes and the ids of answers are remembered.</summary>
    internal static readonly Duration Memory = Duration.FromDays(30);

    private readonly Func<long, DeskPlan> _plans;
    private readonly SortedDictionary<string, DeskEpisode> _episodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<DeskEpisode>> _ofModel = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Silence> _silences = new(StringComparer.Ordinal);
    private readonly List<Absence> _absences = [];
    private readonly List<EarlyEnd> _earlyEnds = [];
    private readonly SortedDictionary<string, long> _heard = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EventTime> _answers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Decision> _decisions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Window), EventTime> _ends = [];
    private readonly ImmutableArray<DeskAlert>.Builder _alerts = ImmutableArray.CreateBuilder<DeskAlert>();
    private readonly ImmutableArray<Reply>.Builder _replies = ImmutableArray.CreateBuilder<Reply>();
    private readonly SortedDictionary<string, DeskAction> _actions = new(StringComparer.Ordinal);

    // Ids of the actions of each model, in their order.
    private readonly Dictionary<string, SortedSet<string>> _actionsOf = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, KnownVersions> _versions = new(StringComparer.Ordinal);
    private readonly ImmutableArray<DeskAction>.Builder _told = ImmutableArray.CreateBuilder<DeskAction>();
    private readonly ImmutableArray<string>.Builder _missed = ImmutableArray.CreateBuilder<string>();
    private DeskPlan _plan;
    private long _epoch;
    private EventTime _now = EventTime.Earliest, _forgot = EventTime.Earliest;

    /// <param name="plans">The plan at an offset of the plan topic.</param>
    /// <param name="epoch">Offset of the plan to start with; records name newer ones.</param>
    public Desk(Func<long, DeskPlan> plans, long epoch)
    {
        (_plans, _epoch) = (plans, epoch);
        _plan = plans(epoch);
    }

    /// <summary>Offset of the plan in force.</summary>
    public long Epoch => _epoch;

    /// <summary>Hash of that plan.</summary>
    public string PlanHash => _plan.Hash;

    /// <summary>Up to where time has passed, log time.</summary>
    public EventTime Now => _now;

    /// <summary>All episodes that are remembered, by id.</summary>
    public IReadOnlyDictionary<string, DeskEpisode> Episodes => _episodes;

    /// <summary>The silences that are not over.</summary>
    public IEnumerable<Silence> Silences => _silences.Values;

    /// <summary>The next offset to be heard of each topic of answers.</summary>
    public IReadOnlyDictionary<string, long> Heard => _heard;

    /// <summary>Applies a record.</summary>
    /// <param name="appended">When the broker appended it.</param>
    /// <param name="record">The record.</param>
    public DeskOutput Apply(EventTime appended, IDeskRecord record)
    {
        switch (record)
        {
            case TimeHeard time:
                // What was said at that moment may not stand above it.
                Pass(EventTime.Min(time.Upto, appended) - Duration.Microsecond, appended);
                break;
            case WindowJudged judged:
                Adopt(judged.Window.Epoch, appended);
                Judged(judged.Window, appended);
                break;
            case AnswerHeard heard:
                Hear(heard, appended);
                break;
            case PlanHeard plan:
                Adopt(plan.Epoch, appended);
                break;
        }

        Forget(appended);
        if (_alerts.Count + _replies.Count + _missed.Count + _told.Count == 0) return DeskOutput.Nothing;
        return new DeskOutput(_alerts.DrainToImmutable(), _replies.DrainToImmutable(), _missed.DrainToImmutable())
        {
            Actions = _told.DrainToImmutable(),
        };
    }

    private void Judged(WindowRecord window, EventTime at)
    {
        // The ends of a model's windows only grow: what comes again was written twice. A window that a plan ended early decides nothing.
        if (window.CutBy is not null) return;
        (string, string) series = (window.Model, window.Window);
        if (_ends.TryGetValue(series, out EventTime last) && window.End <= last) return;
        _ends[series] = window.End;
        // All symptoms of a window first, then one word about each episode.
        var touched = new SortedDictionary<string, DeskEpisode>(StringComparer.Ordinal);
        foreach (Symptom symptom in window.Symptoms)
        {
            DeskEpisode? episode = Of(window.Model).Find(e => e.Of(symptom.Subject) is { IsOn: true });
            if (symptom.Status == SymptomStatus.Ended)
            {
                if (episode is null) continue;
                End(episode, symptom, window);
            }
            else
            {
                if (episode is null) episode = Begin(symptom, window);
                else GoOn(episode, symptom, window);
                episode.LeftOut = window.LeftOut;
            }

            touched[episode.Id] = episode;
        }

        CountMoved(window);
        foreach (DeskEpisode episode in Recommend(window, at)) touched[episode.Id] = episode;
        foreach (DeskEpisode episode in touched.Values) Settle(episode, at);
    }

    // Of each version the symptom that concerns most rows: others concern the same ones.
    private void CountMoved(WindowRecord window)
    {
        foreach (var of in window.Symptoms.Where(s => s.Moved > 0).GroupBy(s => Holder(s.Subject)))
            of.Key?.Count(window, of.GroupBy(s => s.Subject.Version).Sum(v => v.Max(s => s.Moved)));
    }

    private DeskEpisode Begin(Symptom symptom, WindowRecord window)
    {
        DeskEpisode? episode = Join(symptom, window);
        if (episode is null)
        {
            string id = Identity.Of("episode", window.Model, symptom.IsForRoot ? "root" : null, window.Id);
            if (!_episodes.TryGetValue(id, out episode))
            {
                episode = new DeskEpisode(id, window.Model, symptom.IsForRoot)
                {
                    Owner = _plan.OwnerOf(window.Model, symptom.IsForRoot),
                    Since = symptom.Since,
                    Decision = _decisions.GetValueOrDefault(window.Model),
                };
                Add(episode);
            }
        }

        episode.Since = EventTime.Min(episode.Since, symptom.Since);
        episode.Upto = EventTime.Max(episode.Upto, window.End);
        episode.Put(Known(symptom, window, null));
        return episode;
    }

    // Where the subject has been before, if that is open or ended only a few windows ago; else where its onset touches; else nowhere.
    private DeskEpisode? Join(Symptom symptom, WindowRecord window)
    {
        List<DeskEpisode> all = Of(window.Model).FindAll(e => e.IsForRoot == symptom.IsForRoot);
        int patience = _plan.Models.TryGetValue(window.Model, out AlertSettings? settings) ? settings.ResolveAfter : 1;
        Duration reach = new(patience * (window.End - window.Start));
        // Days of a zone are not equally long, but nearly; a window more would be a day.
        if (window.Zone is not null) reach += Duration.FromHours(2 * patience);
        DeskEpisode[] found = [.. all.Where(e => e.Of(symptom.Subject) is not null && (e.IsOn || window.End - e.Upto <= reach))];
        DeskEpisode[] open = [.. all.Where(e => e.IsOn)];
        if (found.Length == 0) found = [.. open.Where(e => symptom.Since <= e.Upto)];
        if (found.Length == 0 && open.Length >= MostOpen) found = open;
        return found.MaxBy(e => (e.Upto, e.Id), Comparer<(EventTime, string)>.Create((a, b) =>
            a.Item1.CompareTo(b.Item1) is var order && order != 0 ? order : string.CompareOrdinal(a.Item2, b.Item2)));
    }

    private static void GoOn(DeskEpisode episode, Symptom symptom, WindowRecord window)
    {
        DeskSymptom known = episode.Of(symptom.Subject)!;
        known = known.After(window);
        if (symptom.StoryChanged) episode.HasNews = true;
        episode.Put(symptom.Status == SymptomStatus.On && symptom.Detail.IsEmpty ? known : Known(symptom, window, known));
    }

    private static void End(DeskEpisode episode, Symptom symptom, WindowRecord window)
    {
        episode.Put(Known(symptom, window, episode.Of(symptom.Subject)) with { IsOn = false });
        episode.Upto = EventTime.Max(episode.Upto, window.End);
    }

    private static DeskSymptom Known(Symptom symptom, WindowRecord window, DeskSymptom? before)
    {
        ImmutableArray<byte> detail = symptom.Detail.IsEmpty && before is not null ? before.Detail : symptom.Detail;
        return new DeskSymptom(symptom.Subject, true, symptom.Severity, symptom.Since, symptom.Summary, SymptomWindow.Of(window))
        {
            Detail = detail,
            Rule = DetailText.RuleOf(detail),
            Lasted = before?.Lasted ?? 0,
            CountedUpto = before?.CountedUpto,
        };
    }

    // The greatest epoch wins: copies may come late, and from several desks.
    private void Adopt(long epoch, EventTime at)
    {
        if (epoch <= _epoch) return;
        (_epoch, _plan) = (epoch, _plans(epoch));
        foreach (DeskAction action in _actions.Values.Where(a => a.IsOpen && !MayRecommend(a)).ToArray())
            Conclude(action, ActionState.Lapsed, "the plan no longer has it", at);
        // Also those that are over: should one come back, it is the new owner's.
        foreach (DeskEpisode episode in _episodes.Values.ToArray())
        {
            bool gone = !episode.IsForRoot && !_plan.Models.ContainsKey(episode.Model);
            if (gone)
            {
                if (episode.Said == EpisodeStatus.Resolved && !episode.IsOn) continue;
                // Nobody judges it any more.
                for (int i = 0; i < episode.Symptoms.Count; i++)
                    episode.Symptoms[i] = episode.Symptoms[i] with { IsOn = false, Summary = $"the model '{episode.Model}' is no longer in the plan" };
                Settle(episode, at);
                continue;
            }

            HandOver(episode, _plan.OwnerOf(episode.Model, episode.IsForRoot), at);
        }
    }

    // The new owner has a whole deadline; what the old one has acknowledged was its own promise.
    private void HandOver(DeskEpisode episode, string owner, EventTime at)
    {
        if (owner == episode.Owner) return;
        string before = episode.Owner;
        (episode.Owner, episode.Acknowledged) = (owner, null);
        (EpisodeStatus status, List<Subject> loud, Severity severity) = StatusOf(episode);
        if (status == EpisodeStatus.Resolved && (episode.Revision == 0 || episode.Said == status)) return;
        if (episode.Revision == 0)
        {
            // What the former owner had silenced from its birth is news to the new one.
            Settle(episode, at);
            return;
        }

        // What has ended untold, because it comes and goes, ends with the former owner: should it be back, the new one has a whole deadline.
        AlertCause cause = status == EpisodeStatus.Resolved ? AlertCause.Resolved : AlertCause.Handover;
        Say(episode, status, loud, severity, at, cause, before);
    }

    private List<DeskEpisode> Of(string model) => _ofModel.GetValueOrDefault(model, []);

    private void Add(DeskEpisode episode)
    {
        _episodes.Add(episode.Id, episode);
        if (!_ofModel.TryGetValue(episode.Model, out List<DeskEpisode>? all)) _ofModel.Add(episode.Model, all = []);
        all.Add(episode);
    }

    // Once an hour of the log.
    private void Forget(EventTime at)
    {
        if (at - _forgot < Duration.FromHours(1)) return;
        _forgot = at;
        EventTime oldest = at - Memory;
        foreach (DeskEpisode over in _episodes.Values.Where(e => !e.IsOn && e.Touched < oldest && e.UpdateDue is null).ToArray())
        {
            _episodes.Remove(over.Id);
            List<DeskEpisode> all = Of(over.Model);
            all.Remove(over);
            if (all.Count > 0) continue;
            _ofModel.Remove(over.Model);
            // Names that nobody registered come and go; those of the plan stay few.
            if (_plan.Models.ContainsKey(over.Model)) continue;
            foreach ((string, string) series in _ends.Keys.Where(s => s.Model == over.Model).ToArray()) _ends.Remove(series);
        }

        foreach ((string id, EventTime said) in _answers.Where(a => a.Value < oldest).ToArray()) _answers.Remove(id);
        _absences.RemoveAll(a => a.Until < oldest);
        _earlyEnds.RemoveAll(e => e.Heard < oldest);
        ForgetActions(at);
    }
}
