using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Desk;

/// <summary>What a window record said of a version that had enough rows in it.</summary>
/// <param name="Window">The window's name.</param>
/// <param name="Verdict">The verdict's id, or null.</param>
/// <param name="Start">Start of the window, event time.</param>
/// <param name="End">Its end.</param>
/// <param name="Rows">Rows of the version.</param>
/// <param name="Judgement">Of the version as a whole.</param>
/// <param name="NotSteady">As in <see cref="WindowVersion.NotSteady"/>; null where all are.</param>
public sealed record VersionRecord(
    string Window, string? Verdict, EventTime Start, EventTime End, long Rows, Judgement Judgement, ImmutableArray<string>? NotSteady)
{
    /// <summary>The record's id.</summary>
    public string RecordOf(string model) => WindowRecord.IdOf(model, Window, Start, End, null);

    /// <summary>Whether the version was judged, and was steady on all of these, by their keys.</summary>
    public bool IsSteadyOn(IEnumerable<string> keys) =>
        Judgement is Judgement.Steady or Judgement.Drifting && (NotSteady is not { } unsteady || !keys.Any(k => unsteady.Contains(k)));
}

/// <summary>A version of a model that has had rows.</summary>
/// <param name="Version">Its name.</param>
/// <param name="First">End of the first window with rows of it, event time.</param>
/// <param name="Last">End of the last one.</param>
/// <param name="Records">The last records in which it had enough rows, one a name of window; none of a model without versions.</param>
public sealed record KnownVersion(string Version, EventTime First, EventTime Last, ImmutableArray<VersionRecord> Records)
{
    /// <summary>The last record of the windows of a name; null where there is none.</summary>
    public VersionRecord? Of(string window) => Records.FirstOrDefault(r => r.Window == window);
}

/// <summary>The versions of a model that have had rows.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="First">End of the first window that was told of, event time: nobody knows how long the versions in it have been there.</param>
public sealed record KnownVersions(string Model, EventTime First)
{
    /// <summary>How many are remembered: those that were seen last.</summary>
    public const int Most = 200;

    /// <summary>In the order in which they came.</summary>
    public ImmutableArray<KnownVersion> Versions { get; init; } = [];

    /// <summary>A version by its name, or null.</summary>
    public KnownVersion? Find(string version) => Versions.FirstOrDefault(v => v.Version == version);

    /// <summary>The version that came last before another one; null where that is the first, or several came at once.</summary>
    public KnownVersion? Before(KnownVersion version) => Versions.LastOrDefault(v => v.First < version.First);

    /// <summary>With what a window record says.</summary>
    /// <param name="window">The record.</param>
    /// <param name="minRows">How many rows a window of this name needs to be judged.</param>
    public KnownVersions With(WindowRecord window, long minRows)
    {
        ImmutableArray<KnownVersion> versions = Versions;
        foreach (WindowVersion one in window.Versions.Where(v => v.Rows.Value > 0 && v.Version != ClosedWindow.OtherVersions))
        {
            KnownVersion known = Find(one.Version) ?? new KnownVersion(one.Version, window.End, window.End, []);
            ImmutableArray<VersionRecord> records = known.Records;
            if (one.Version.Length > 0 && one.Rows.Value >= minRows)
            {
                var record = new VersionRecord(
                    window.Window, one.Verdict, window.Start, window.End, one.Rows.Value, one.Judgement, one.NotSteady);
                records = [.. records.Where(r => r.Window != window.Window), record];
            }

            int at = versions.IndexOf(known);
            known = known with { Last = EventTime.Max(known.Last, window.End), Records = records };
            versions = at < 0 ? versions.Add(known) : versions.SetItem(at, known);
        }

        while (versions.Length > Most) versions = versions.Remove(versions.MinBy(v => v.Last)!);
        return this with { Versions = versions };
    }
}
