using System.Globalization;
using System.Text;
using DriftStream.Alerts;
using DriftStream.Host.Terminal;
using DriftStream.Judging;
using DriftStream.Plan;
using DriftStream.Time;

namespace DriftStream.Host.Owners;

/// <summary>Owners for people.</summary>
internal static class OwnerText
{
    /// <summary>Every owner with its models, then what is missing.</summary>
    public static string Of(OwnerReport report, Ink ink)
    {
        var text = new StringBuilder();
        foreach (OwnerEntry entry in report.Owners)
        {
            Owner owner = entry.Owner;
            string root = owner.Id == report.Plan.Root.Id ? "  root owner" : "";
            text.Append($"{ink.Strong(Printable.Of(owner.Id))}  {Printable.Of($"{owner.Name} <{owner.Contact}>")}{root}\n");
            foreach (string line in About(entry)) text.Append($"    {Printable.Of(line)}\n");
            if (Open(report, owner.Id) is { } open) text.Append($"    {open}\n");
            if (entry.Models.IsEmpty) text.Append("    no model\n");
            foreach (ModelPlan model in entry.Models)
            {
                text.Append($"    {ink.Strong(Printable.Of(model.Id))}  {Printable.Of(About(model, report.Traffic))}\n");
                foreach (string line in Versions(report, model.Id)) text.Append($"        {Printable.Of(line)}\n");
            }
        }

        foreach (OwnerFinding finding in report.Findings)
            text.Append($"{ink.Bad(finding.Kind)}  {Printable.Of($"{finding.Model}, {finding.Owner}: {finding.Text}")}\n");
        string lacks = report.Findings.IsEmpty ? "nothing is missing" : Count(report.Findings.Length, "finding");
        string offline = report.Traffic is null ? "; traffic was not looked at" : "";
        text.Append($"{Count(report.Owners.Length, "owner")}, {Count(report.Owners.Sum(o => o.Models.Length), "model")}, {lacks}{offline}\n");
        return text.ToString();
    }

    private static IEnumerable<string> Versions(OwnerReport report, string model)
    {
        if (report.Traffic is not { } traffic) yield break;
        foreach ((string version, SeenVersion seen) in traffic.VersionsOf(model))
        {
            int symptoms = report.SymptomsOf(model, version);
            string on = symptoms == 0 ? "" : $", {Count(symptoms, "symptom")} on";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"version {version}: {seen.Rows} rows up to {EventTime.Format(seen.Last)}, {seen.Judgement}{on}; seen since {EventTime.Format(seen.First)}");
        }
    }

    private static string? Open(OwnerReport report, string owner)
    {
        string[] statuses =
            [.. report.Open.Where(e => e.Owner == owner).CountBy(e => e.Status).OrderBy(s => s.Key != "firing").Select(s => $"{s.Value} {s.Key}")];
        return statuses.Length == 0 ? null : $"open episodes: {string.Join(", ", statuses)} (driftstream episodes)";
    }

    /// <summary>Who owned a model from when to when.</summary>
    public static string Of(OwnerSpan span)
    {
        string until = span.Until is { } end ? EventTime.Format(end) : "now";
        return string.Create(CultureInfo.InvariantCulture,
            $"{span.Model}  {EventTime.Format(span.Since)}..{until}  {span.Owner}  by {span.By} (plan {span.Epoch})");
    }

    private static IEnumerable<string> About(OwnerEntry entry)
    {
        Owner owner = entry.Owner;
        if (!owner.Members.IsEmpty) yield return $"members {string.Join(", ", owner.Members)}";
        if (!owner.Delegates.IsEmpty) yield return $"delegates {string.Join(", ", owner.Delegates)}";
        if (entry.Hours is { } hours)
        {
            string off = hours.Holidays.IsEmpty ? "" : $", {Count(hours.Holidays.Length, "holiday")}";
            yield return $"works {string.Join(", ", hours.Days)} {hours.From}-{hours.To} {hours.Zone}{off}";
        }

        if (!owner.Escalate.IsEmpty) yield return $"escalates to {string.Join(", then ", owner.Escalate.Select(Step))}";
    }

    private static string Step(EscalationStep step) =>
        $"{step.To} after {Quantity.Duration(step.After)}{(step.Least == Severity.Critical ? "" : $" (from {step.Least.ToString().ToLowerInvariant()} on)")}";

    private static string About(ModelPlan model, Traffic? traffic)
    {
        AlertSettings alerts = model.Alerts;
        string?[] parts =
        [
            alerts.Purpose,
            alerts.Stakeholders.IsEmpty ? null : $"copies to {string.Join(", ", alerts.Stakeholders.Select(s => s.Id))}",
            alerts.Goal is { } goal ? $"goal: {goal.Text}{(goal.Worth is { } worth ? $" ({worth})" : "")}" : null,
            alerts.RollbackTo is { } version ? $"back to version {version}" : null,
            alerts.Retire is { } retire ? $"out of use by {Date(retire)}" : null,
            .. alerts.Law.Select(Law),
            traffic is null || !traffic.Last.TryGetValue(model.Id, out EventTime last) ? null : $"rows up to {EventTime.Format(last)}",
        ];
        string text = string.Join("; ", parts.OfType<string>());
        return text.Length == 0 ? "nobody says what for" : text;
    }

    private static string Law(LegalDuty duty)
    {
        string[] about = [.. new[]
        {
            duty.Risk is { } risk ? $"risk {risk.ToString().ToLowerInvariant()}" : null,
            duty.ReviewBy is { } review ? $"review by {Date(review)}" : null,
        }.OfType<string>()];
        return about.Length == 0 ? duty.Rule : $"{duty.Rule} ({string.Join(", ", about)})";
    }

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
