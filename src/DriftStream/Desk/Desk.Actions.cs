using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <content>What is recommended, and what becomes of it. Nothing here acts.</content>
public sealed partial class Desk
{
    /// <summary>A version is new for so long, event time.</summary>
    private static readonly Duration NewFor = Duration.FromDays(14);

    /// <summary>The last record of a version says something of it for so long, event time.</summary>
    private static readonly Duration SteadyFor = Duration.FromDays(30);

    /// <summary>A feature must have been on for so many windows after it was told before anybody is asked to train anew.</summary>
    private const int LongEnough = 3;

    /// <summary>The share of a window's rows that shows that a version was gone back to.</summary>
    private const double NearlyAll = 0.9;

    private const int MostEvidence = 50;

    /// <summary>All recommendations that are remembered, by id.</summary>
    public IReadOnlyDictionary<string, DeskAction> Actions => _actions;

    /// <summary>The versions of each model that have had rows.</summary>
    public IReadOnlyDictionary<string, KnownVersions> Versions => _versions;

    // Before its episodes are told, so that the first word about one names what may be done. Returns the episodes of which that is news.
    private IEnumerable<DeskEpisode> Recommend(WindowRecord window, EventTime at)
    {
        if (!_plan.Models.TryGetValue(window.Model, out AlertSettings? settings)) return [];
        long minRows = settings.Windows.FirstOrDefault(w => w.Name == window.Window)?.MinRows ?? long.MaxValue;
        KnownVersions versions = _versions.GetValueOrDefault(window.Model) ?? new KnownVersions(window.Model, window.End);
        // Which versions have rows was told when they came, and not when their labels did.
        bool isOfRows = window.Delay is null;
        if (isOfRows) versions = versions.With(window, minRows);
        // A standstill's times are no event times, and it has no versions.
        if (isOfRows && !window.Versions.IsEmpty) _versions[window.Model] = versions;
        var news = new List<DeskAction>();
        foreach (DeskAction action in OpenOf(window.Model))
        {
            if (isOfRows && action.Window.End < window.End && DoneBy(action, window, versions, minRows) is { } how)
                news.Add(Conclude(action, ActionState.Done, how, at));
        }

        Symptom[] loud = [.. window.Symptoms.Where(s => s.Status != SymptomStatus.Ended && !s.IsForRoot && IsLoud(s))];
        if (loud.Length > 0)
        {
            var draft = new ActionDraft(window, versions, loud, minRows);
            RecommendSettings recommend = settings.Recommend;
            if (recommend.CheckUpstream) Add(ActionKind.CheckUpstream, CheckUpstream(draft));
            if (!OpenOf(window.Model).Any(a => a is { Kind: ActionKind.CheckUpstream, Stands: true }))
            {
                if (recommend.RollBack) Add(ActionKind.RollBack, RollBack(draft, settings.RollbackTo));
                if (recommend.Retrain is { } retrain && MayRetrain(window.Model, retrain, at)) Add(ActionKind.Retrain, Retrain(draft));
            }
        }

        return [.. news.Select(a => _episodes.GetValueOrDefault(a.Episode)).OfType<DeskEpisode>().Distinct()];

        void Add(ActionKind kind, ActionReason? reason)
        {
            if (reason is null || OpenOf(window.Model).Any(a => a.Kind == kind)) return;
            news.Add(Tell(New(kind, reason, window, at)));
        }
    }

    private bool MayRecommend(DeskAction action) => _plan.Models.TryGetValue(action.Model, out AlertSettings? settings) && action.Kind switch
    {
        ActionKind.CheckUpstream => settings.Recommend.CheckUpstream,
        ActionKind.RollBack => settings.Recommend.RollBack,
        ActionKind.Retrain => settings.Recommend.Retrain is not null,
    };

    private IEnumerable<DeskAction> ActionsOf(string model) => _actionsOf.TryGetValue(model, out SortedSet<string>? ids) ? ids.Select(id => _actions[id]) : [];

    private DeskAction[] OpenOf(string model) => [.. ActionsOf(model).Where(a => a.IsOpen)];

    private void Remember(DeskAction action)
    {
        _actions[action.Id] = action;
        if (!_actionsOf.TryGetValue(action.Model, out SortedSet<string>? ids))
            _actionsOf.Add(action.Model, ids = new SortedSet<string>(StringComparer.Ordinal));
        ids.Add(action.Id);
    }

    private void Forget(DeskAction action)
    {
        _actions.Remove(action.Id);
        _actionsOf[action.Model].Remove(action.Id);
        if (_actionsOf[action.Model].Count == 0) _actionsOf.Remove(action.Model);
    }

    private bool IsLoud(Symptom symptom) => Holder(symptom.Subject) is { } episode && !IsSilent(episode, episode.Of(symptom.Subject)!);

    // The episode in which a subject is on.
    private DeskEpisode? Holder(in Subject subject)
    {
        Subject of = subject;
        return Of(of.Model).Find(e => e.Of(of) is { IsOn: true });
    }

    private static ActionReason? CheckUpstream(ActionDraft draft)
    {
        Symptom[] broken = [.. draft.Loud.Where(s => s.Upstream is not null)];
        return broken.Length == 0 ? null : new ActionReason(broken, broken.Length == 1 ? broken[0].Summary : $"{broken[0].Summary}; also {Names(broken[1..])}");
    }

    // Of the versions that speak the newest one; slices do not count, for records say of versions that are steady nothing of theirs.
    private ActionReason? RollBack(ActionDraft draft, string? wanted)
    {
        WindowRecord window = draft.Window;
        ILookup<string, Symptom> answers = draft.Loud
            .Where(s => s.Role is SignalRole.Score or SignalRole.Decision or SignalRole.Group or SignalRole.Outcome && s.Subject.Slice is null)
            .ToLookup(s => s.Subject.Version);
        foreach (KnownVersion version in draft.Versions.Versions.Where(v => answers.Contains(v.Version)).OrderByDescending(v => v.First))
        {
            Symptom[] speak = [.. answers[version.Version]];
            long rows = window.Versions.Where(v => v.Version == version.Version).Sum(v => v.Rows.Value);
            bool isNew = version.First > draft.Versions.First && window.End - version.First <= NewFor;
            if (rows < draft.MinRows || !isNew || WasDone(version)) continue;
            KnownVersion? to = wanted is null ? draft.Versions.Before(version) : draft.Versions.Find(wanted);
            if (to?.Of(window.Window) is not { } record || to.Version == version.Version || window.End - record.End > SteadyFor) continue;
            if (!record.IsSteadyOn(speak.Select(s => KeyOf(s.Subject)))) continue;
            if (speak.Any(s => Holder(s.Subject with { Version = to.Version }) is not null)) continue;
            string why = $"version {version.Version} is new, and {Names(speak)} drift{(speak.Length == 1 ? "s" : "")} in it; "
                + $"version {to.Version} was steady on that in the window up to {EventTime.Format(record.End)}";
            return new ActionReason(speak, why)
            {
                Version = version.Version,
                To = new SteadyVersion(to.Version, record.RecordOf(window.Model), record.Verdict, record.End, record.Rows),
                Share = rows / (double)window.Versions.Sum(v => v.Rows.Value),
            };
        }

        return null;

        bool WasDone(KnownVersion version) => ActionsOf(window.Model).Any(a =>
            a is { Kind: ActionKind.RollBack, State: ActionState.Done } && a.Version == version.Version);
    }

    // Whether the model does worse takes labels; until they are there, its score stands in for them.
    private ActionReason? Retrain(ActionDraft draft)
    {
        foreach (Symptom score in draft.Loud.Where(s => s.Role == SignalRole.Score))
        {
            Symptom[] features =
            [
                .. draft.Loud.Where(s => s.Role == SignalRole.Feature && s.Subject.Version == score.Subject.Version
                    && Holder(s.Subject)!.Of(s.Subject)!.Lasted >= LongEnough),
            ];
            if (features.Length == 0) continue;
            string verb = features.Length == 1 ? "has drifted" : "have drifted";
            string why = $"{Names(features)} {verb} for {LongEnough} windows since that was told, and so has {Names([score])}";
            return new ActionReason([.. features, score], why);
        }

        return null;
    }

    private bool MayRetrain(string model, RetrainSettings settings, EventTime at)
    {
        DeskAction[] former = [.. ActionsOf(model).Where(a => a.Kind == ActionKind.Retrain)];
        return !former.Any(a => at < a.Told + settings.CoolDown) && former.Count(a => at < a.Recommended + settings.Per) < settings.Most;
    }

    private DeskAction New(ActionKind kind, ActionReason reason, WindowRecord window, EventTime at)
    {
        Symptom leading = reason.Symptoms[0];
        DeskEpisode episode = Holder(leading.Subject)!;
        return new DeskAction(Identity.Of("action", window.Model, JsonText.Name(kind), window.Id), kind, window.Model, episode.Id)
        {
            Owner = episode.Owner,
            Version = reason.Version ?? leading.Subject.Version,
            Why = reason.Why,
            Symptoms = [.. reason.Symptoms.Take(MostEvidence).Select(s => new ActionSymptom(s.Subject, s.Since, s.Summary))],
            To = reason.To,
            Window = SymptomWindow.Of(window),
            Record = window.Id,
            Share = reason.Share,
            Recommended = at,
            Told = at,
            Plan = _plan.Hash,
        };
    }

    // By what a window shows that it was done; null where it shows nothing of the kind. Nothing shows that somebody has looked upstream.
    private static string? DoneBy(DeskAction action, WindowRecord window, KnownVersions versions, long minRows) => action.Kind switch
    {
        ActionKind.CheckUpstream => null,
        ActionKind.RollBack => IsBack(action, window),
        ActionKind.Retrain => window.Versions
            .Where(v => v.Rows.Value >= minRows && versions.Find(v.Version) is { } known && known.First > action.Window.End)
            .Select(v => $"version {v.Version} has come").FirstOrDefault(),
    };

    // Where the newer version has had few rows all along, the older one has nearly all of them already.
    private static string? IsBack(DeskAction action, WindowRecord window)
    {
        double all = window.Versions.Sum(v => v.Rows.Value), old = Share(action.To!.Version);
        return old >= NearlyAll && Share(action.Version) < action.Share / 2
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"version {action.To.Version} has {100 * old:0} % of the rows")
            : null;

        double Share(string version) => all == 0 ? 0 : window.Versions.Where(v => v.Version == version).Sum(v => v.Rows.Value) / all;
    }

    private DeskAction Conclude(DeskAction action, ActionState state, string why, EventTime at) =>
        Tell(action with { State = state, Ended = why, Revision = action.Revision + 1, Told = at, Plan = _plan.Hash });

    private DeskAction Tell(DeskAction action)
    {
        Remember(action);
        _told.Add(action);
        if (_episodes.TryGetValue(action.Episode, out DeskEpisode? episode) && action.State != ActionState.Lapsed) episode.HasNews = true;
        return action;
    }

    // What there was to do about an episode that is over is past.
    private void Lapse(DeskEpisode episode, EventTime at)
    {
        foreach (DeskAction action in OpenOf(episode.Model).Where(a => a.Episode == episode.Id))
            Conclude(action, ActionState.Lapsed, "the episode is over", at);
    }

    private void ForgetActions(EventTime at)
    {
        foreach (DeskAction over in _actions.Values.Where(a => !a.IsOpen).ToArray())
        {
            RetrainSettings? retrain = over.Kind == ActionKind.Retrain ? _plan.Models.GetValueOrDefault(over.Model)?.Recommend.Retrain : null;
            Duration kept = retrain is null ? Memory : new Duration(Math.Max(Memory, Math.Max(retrain.CoolDown, retrain.Per)));
            if (over.Told + kept < at) Forget(over);
        }

        foreach (string model in _versions.Keys.Where(m => !_plan.Models.ContainsKey(m)).ToArray()) _versions.Remove(model);
    }

    private static string KeyOf(in Subject subject) => subject.Group is { } group ? BaselineSignal.KeyOfGroup(group) : subject.Name;

    private static string Names(Symptom[] symptoms) => DeskAlert.Named([.. symptoms.Select(s => s.Subject.Name).Distinct()]);

    /// <summary>What a window has to say for a recommendation.</summary>
    private sealed record ActionDraft(WindowRecord Window, KnownVersions Versions, Symptom[] Loud, long MinRows);

    private sealed record ActionReason(Symptom[] Symptoms, string Why)
    {
        public string? Version { get; init; }

        public SteadyVersion? To { get; init; }

        public double Share { get; init; }
    }
}
