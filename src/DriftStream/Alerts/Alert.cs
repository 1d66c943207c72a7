using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Judging;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>Where an episode stands.</summary>
public enum AlertStatus : byte
{
    /// <summary>The episode is open.</summary>
    Firing,

    /// <summary>The episode is over.</summary>
    Resolved,
}

/// <summary>What an owner must know, and all that is needed to act on it.</summary>
public sealed record Alert
{
    /// <summary>Hash of model, version, signal (and slice) or group, window, baseline, status and revision.</summary>
    public required string Id { get; init; }

    /// <summary>The id of the alert that opened the episode.</summary>
    public required string Episode { get; init; }

    /// <summary>Firing or resolved.</summary>
    public required AlertStatus Status { get; init; }

    /// <summary>The highest of the rules that speak; in a resolved alert, the highest that was told.</summary>
    public required Severity Severity { get; init; }

    /// <summary>1, and one more each time that the episode's severity rose.</summary>
    public required int Revision { get; init; }

    /// <summary>The accountable owner first, then those who get copies.</summary>
    public required ImmutableArray<Owner> To { get; init; }

    /// <summary>The model's id, or the value that no model claims.</summary>
    public required string Model { get; init; }

    /// <summary>The model's version; empty where it has none.</summary>
    public required string Version { get; init; }

    /// <summary>The signal, or null.</summary>
    public string? Signal { get; init; }

    /// <summary>The rows of the signal that the alert is about, or null for all.</summary>
    public Slice? Slice { get; init; }

    /// <summary>The group, or null.</summary>
    public string? Group { get; init; }

    /// <summary>One sentence that says what changed.</summary>
    public required string Summary { get; init; }

    /// <summary>The rules that speak, with what they looked at; in a resolved alert, those that spoke. The leading one first.</summary>
    public required ImmutableArray<RuledStatistic> Rules { get; init; }

    /// <summary>How many windows it took, such as <c>2 of 3</c>.</summary>
    public required string Consecutive { get; init; }

    /// <summary>The cells that contribute most.</summary>
    public ImmutableArray<CellContribution> Cells { get; init; } = [];

    /// <summary>For groups: rows, and how many of them were selected, by value.</summary>
    public ImmutableArray<GroupCount> By { get; init; } = [];

    /// <summary>The window that decided.</summary>
    public required ClosedWindow Window { get; init; }

    /// <summary>Id, hash and rows of the reference; null for rows that no model claims.</summary>
    public BaselineReference? Baseline { get; init; }

    /// <summary>Start of the first window of the episode that spoke, event time in microseconds.</summary>
    public required EventTime Since { get; init; }

    /// <summary>By when the owner should have acted, event time in microseconds.</summary>
    public required EventTime RespondBy { get; init; }

    /// <summary>What the model is for, or null.</summary>
    public string? Purpose { get; init; }

    /// <summary>Where the first steps are written, or null.</summary>
    public string? Runbook { get; init; }

    /// <summary>Tags that the config names, such as the laws that apply.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>Hash of the plan that judged.</summary>
    public required string Plan { get; init; }

    /// <summary>The accountable owner.</summary>
    public Owner Owner => To[0];

    /// <summary>The rule of the highest severity, or the first in the config of several; null where an episode outlived all its rules.</summary>
    public RuledStatistic? Leading => Rules.IsEmpty ? null : Rules[0];
}

/// <summary>Names a baseline in messages.</summary>
public sealed record BaselineReference(string Id, string Hash, long Rows);
