using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Alerts;
using DriftStream.Host.Answering;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Owners;

/// <summary>An owner, how it works, and the models that it answers for.</summary>
/// <param name="Hours">As the config writes them, or null.</param>
internal sealed record OwnerEntry(Owner Owner, HoursDocument? Hours, ImmutableArray<ModelPlan> Models);

/// <summary>Something that somebody has to mend.</summary>
/// <param name="Kind">A stable name.</param>
/// <param name="Owner">Who has to.</param>
/// <param name="Model">Of which model.</param>
/// <param name="Text">One clause.</param>
internal sealed record OwnerFinding(string Kind, string Owner, string Model, string Text);

/// <summary>Who owns what, and what is missing.</summary>
/// <param name="Plan">Whose owners they are.</param>
/// <param name="Owners">By id.</param>
/// <param name="Traffic">Null where no broker was asked.</param>
/// <param name="Open">The episodes that are not over; empty where no broker was asked.</param>
/// <param name="Findings">By owner and model.</param>
internal sealed record OwnerReport(
    DriftPlan Plan, ImmutableArray<OwnerEntry> Owners, Traffic? Traffic, ImmutableArray<ToldEpisode> Open, ImmutableArray<OwnerFinding> Findings)
{
    /// <param name="plan">The plan.</param>
    /// <param name="traffic">What topics say, or null.</param>
    /// <param name="episodes">What owners were told of each episode last.</param>
    /// <param name="now">The time by which dates and rows are judged.</param>
    /// <param name="owner">Only this one; null for all.</param>
    public static OwnerReport Of(
        DriftPlan plan, Traffic? traffic, IReadOnlyList<ToldEpisode> episodes, EventTime now, string? owner = null)
    {
        ILookup<string, ModelPlan> models = plan.Models.ToLookup(m => m.Alerts.Owner.Id, StringComparer.Ordinal);
        ImmutableArray<OwnerEntry> owners =
        [
            .. PlanDocument.Of(plan).Owners.Where(o => owner is null || o.Id == owner)
                .Select(o => new OwnerEntry(plan.Owners[o.Id], o.Hours, [.. models[o.Id]])),
        ];
        DateOnly today = Zone.Utc.DateOf(now);
        ImmutableArray<ToldEpisode> open = [.. episodes.Where(e => e.IsOpen && (owner is null || e.Owner == owner))];
        IEnumerable<OwnerFinding> findings = owners
            .SelectMany(o => o.Models).SelectMany(m => Passed(m, today).Concat(Quiet(m, traffic, now)))
            .Concat(owner is null || owner == plan.Root.Id ? Unowned(plan, traffic) : [])
            .Concat(open.Where(e => e.Status == "firing" && e.RespondBy < now).Select(Overdue));
        return new OwnerReport(plan, owners, traffic, open,
        [
            .. findings.OrderBy(f => f.Owner, StringComparer.Ordinal).ThenBy(f => f.Model, StringComparer.Ordinal)
                .ThenBy(f => f.Kind, StringComparer.Ordinal),
        ]);
    }

    /// <summary>How many symptoms of a version are on, by what was told last.</summary>
    public int SymptomsOf(string model, string version) => Open.Where(e => e.Model == model).SelectMany(e => e.Symptoms)
        .Count(s => s.GetProperty("version").GetString() == version && s.GetProperty("status").GetString() != "ended");

    private static IEnumerable<OwnerFinding> Passed(ModelPlan model, DateOnly today)
    {
        foreach (LegalDuty duty in model.Alerts.Law.Where(d => d.ReviewBy < today))
            yield return new("review_passed", model.Alerts.Owner.Id, model.Id, $"its review by {duty.Rule} was due on {Date(duty.ReviewBy!.Value)}");
        if (model.Alerts.Retire < today)
            yield return new("retire_passed", model.Alerts.Owner.Id, model.Id, $"it was to be out of use on {Date(model.Alerts.Retire.Value)}");
    }

    private static IEnumerable<OwnerFinding> Quiet(ModelPlan model, Traffic? traffic, EventTime now)
    {
        if (traffic is null) yield break;
        EventTime limit = Traffic.Limit(model, now);
        bool isKnown = traffic.Last.TryGetValue(model.Id, out EventTime last);
        if (isKnown && last >= limit) yield break;
        yield return new("no_traffic", model.Alerts.Owner.Id, model.Id, isKnown
            ? $"the last window with rows ended {EventTime.Format(last)}"
            : $"no window with rows has ended since {EventTime.Format(limit)}");
    }

    private static OwnerFinding Overdue(ToldEpisode episode) => new("overdue", episode.Owner, episode.Model,
        $"episode {episode.Id[..Math.Min(12, episode.Id.Length)]} was to be answered by {EventTime.Format(episode.RespondBy!.Value)}: {episode.Summary}");

    private static IEnumerable<OwnerFinding> Unowned(DriftPlan plan, Traffic? traffic) => (traffic?.Unowned ?? new Dictionary<string, UnownedRows>())
        .Select(u => new OwnerFinding("unowned_traffic", plan.Root.Id, u.Key, string.Create(CultureInfo.InvariantCulture,
            $"{u.Value.Rows} rows up to {EventTime.Format(u.Value.Until)} name it, and nobody owns it")));

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
