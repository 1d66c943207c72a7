using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Where an episode stands. Pending ones are not sent.</summary>
public enum AlertStatus : byte
{
    /// <summary>Too few windows have spoken so far.</summary>
    Pending,

    /// <summary>The episode is open.</summary>
    Firing,

    /// <summary>The episode is over.</summary>
    Resolved,
}

/// <summary>What an owner must know, and all that is needed to act on it.</summary>
/// <param name="Id">Hash of model, version, signal or group, window, baseline, status and revision.</param>
/// <param name="Episode">The id of the alert that opened the episode.</param>
/// <param name="Status">Firing or resolved.</param>
/// <param name="Severity">The highest of the rules that speak; in a resolved alert, the highest that was told.</param>
/// <param name="Revision">1, and one more each time that the episode's severity rose.</param>
/// <param name="To">The accountable owner first, then those who get copies.</param>
/// <param name="Model">The model's id, or the value that no model claims.</param>
/// <param name="Version">The model's version; empty where it has none.</param>
/// <param name="Signal">The signal, or null.</param>
/// <param name="Group">The group, or null.</param>
/// <param name="Summary">One sentence that says what changed.</param>
/// <param name="Rules">The rules that speak, with what they looked at; in a resolved alert, those that spoke. The leading one first.</param>
/// <param name="Consecutive">How many windows it took, such as <c>2 of 3</c>.</param>
/// <param name="Cells">The cells that contribute most.</param>
/// <param name="By">For groups: rows, and how many of them were selected, by value.</param>
/// <param name="Window">The window that decided.</param>
/// <param name="Baseline">Id, hash and rows of the reference; null for rows that no model claims.</param>
/// <param name="Since">Start of the first window of the episode that spoke, event time in microseconds.</param>
/// <param name="RespondBy">By when the owner should have acted, event time in microseconds.</param>
/// <param name="Purpose">What the model is for, or null.</param>
/// <param name="Runbook">Where the first steps are written, or null.</param>
/// <param name="Tags">As configured.</param>
/// <param name="Plan">Hash of the plan that judged.</param>
public sealed record Alert(
    string Id,
    string Episode,
    AlertStatus Status,
    Severity Severity,
    int Revision,
    ImmutableArray<Owner> To,
    string Model,
    string Version,
    string? Signal,
    string? Group,
    string Summary,
    ImmutableArray<RuledStatistic> Rules,
    string Consecutive,
    ImmutableArray<CellContribution> Cells,
    ImmutableArray<GroupCount> By,
    ClosedWindow Window,
    BaselineReference? Baseline,
    long Since,
    long RespondBy,
    string? Purpose,
    string? Runbook,
    ImmutableArray<string> Tags,
    string Plan)
{
    /// <summary>The accountable owner.</summary>
    public Owner Owner => To[0];

    /// <summary>The rule of the highest severity, or the first in the config of several; null where an episode outlived all its rules.</summary>
    public RuledStatistic? Leading => Rules.IsEmpty ? null : Rules[0];
}

/// <summary>Names a baseline in messages.</summary>
public sealed record BaselineReference(string Id, string Hash, long Rows);
