using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Alerts;

/// <summary>What a window says of something that speaks.</summary>
public enum SymptomStatus : byte
{
    /// <summary>Enough windows have spoken: it is on from here.</summary>
    Began,

    /// <summary>It is on, and was before.</summary>
    On,

    /// <summary>It is over: enough windows were quiet, or it cannot be judged any more.</summary>
    Ended,
}

/// <summary>A signal or a group of a model's version that speaks, or a statistic of the whole model, with all its rules.</summary>
/// <param name="Subject">What speaks.</param>
/// <param name="Status">What this window did to it.</param>
/// <param name="Severity">The highest that its rules have had since it began.</param>
/// <param name="Since">Start of the first window that spoke, event time.</param>
/// <param name="Summary">One sentence: what changed or, where it ended, how it ended.</param>
public sealed record Symptom(Subject Subject, SymptomStatus Status, Severity Severity, EventTime Since, string Summary)
{
    /// <summary>
    /// What an owner is told beside the sentence: a JSON object, UTF-8, with <c>statistic</c>, <c>rule</c>, <c>rules</c>, <c>cells</c>, <c>by</c> and
    /// <c>baseline</c>. Empty where it is on and nothing of it is news.
    /// </summary>
    [JsonConverter(typeof(RawJson))]
    public ImmutableArray<byte> Detail { get; init; } = [];

    /// <summary>It is on and what it says is another story than was told: another cell leads, a direction has turned, a rule of another kind speaks.</summary>
    public bool StoryChanged { get; init; }

    /// <summary>What the signal is to its model; null of a statistic of the whole model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SignalRole? Role { get; init; }

    /// <summary>By which sign it looks like a fault of what feeds the model (<see cref="UpstreamSign"/>); null where it does not, in this window.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Upstream { get; init; }

    /// <summary>Rows of this window that are elsewhere than in the reference, as far as counts tell; 0 where no rule speaks in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Moved { get; init; }

    /// <summary>It is for the root owner, whoever owns the model: nobody registered the model, or its windows cannot be judged.</summary>
    [JsonIgnore]
    public bool IsForRoot => Subject.OfModel is SubjectNames.Unowned or SubjectNames.Unjudged;
}

/// <summary>One version in a window record.</summary>
/// <param name="Version">The model's version; empty where it has none.</param>
/// <param name="Verdict">Id of the verdict's first part; null where a quiet model's window without a row has no verdict.</param>
/// <param name="Digest">
/// SHA-256 of the verdict's parts, one after the other, as they stand in the topic: <c>sha256:</c> and 64 hexadecimal digits; null likewise.
/// </param>
/// <param name="Rows">Rows counted.</param>
/// <param name="Judgement">The verdict's.</param>
/// <param name="Baseline">Hash of what it was judged against.</param>
public sealed record WindowVersion(string Version, string? Verdict, string? Digest, RowCount Rows, Judgement Judgement, string Baseline)
{
    /// <summary>
    /// SHA-256 of the SHA-256 (32 bytes) of each record of the topic <c>panes</c> that the window is made of, in the order of version, start and part:
    /// <c>sha256:</c> and 64 hexadecimal digits. Null where it is made of none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Panes { get; init; }

    /// <summary>
    /// Score, decision and groups (by <see cref="BaselineSignal.Key"/>) and <c>performance</c> that rules look at and that are not steady in it; null where
    /// all are. Whoever thinks of going back to this version asks for these.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<string>? NotSteady { get; init; }
}

/// <summary>
/// What a judge says of one window of a model, all versions in it: a record of the topic <c>desk</c>. Steady windows are told too: audit, use and the health
/// of versions are made of them.
/// </summary>
/// <param name="Model">The model's id, or the value that no model claims.</param>
/// <param name="Window">The window's name.</param>
/// <param name="Start">Event time in microseconds, inclusive.</param>
/// <param name="End">Event time in microseconds, exclusive; those of a model's windows of one name only grow.</param>
/// <param name="Complete">False where rows of it may be missing.</param>
/// <param name="Epoch">Offset in the plan topic of the plan that judged.</param>
/// <param name="Plan">Hash of that plan.</param>
/// <param name="Versions">In the order of their names.</param>
/// <param name="Symptoms">What began, is on or ended; at most <see cref="MostSymptoms"/>, the most severe first.</param>
public sealed record WindowRecord(
    string Model,
    string Window,
    EventTime Start,
    EventTime End,
    bool Complete,
    long Epoch,
    string Plan,
    ImmutableArray<WindowVersion> Versions,
    ImmutableArray<Symptom> Symptoms)
{
    /// <summary>How many symptoms a record tells of; <see cref="LeftOut"/> counts the others.</summary>
    public const int MostSymptoms = 200;

    /// <summary>
    /// In place of a window's name where a model's rows are lost while nothing goes on. Start and end are then those of a stretch of the counters' clock; no
    /// window closes with it.
    /// </summary>
    public const string Standstill = "(standstill)";

    /// <summary>How many symptoms there are beside those that are told.</summary>
    public int LeftOut { get; init; }

    /// <summary>Late and overtaken rows of the model since the window before.</summary>
    public RowCount LateRows { get; init; }

    /// <summary>The epoch of the plan that ended this window early, which decides nothing and may close once more; otherwise null.</summary>
    public long? CutBy { get; init; }

    /// <summary>The zone whose days the window is made of, <c>Europe/Berlin</c>; null where it is not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Zone { get; init; }

    /// <summary>After how long labels were joined, where it is about these; null of rows as they came.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Duration? Delay { get; init; }

    /// <summary>Tells it from the other records of its topic.</summary>
    public string Kind { get; init; } = WindowRecordJson.Kind;

    /// <summary>Hash of model, window, start and end (and <see cref="CutBy"/>): whatever is written twice has one id.</summary>
    public string Id => IdOf(Model, Window, Start, End, CutBy);

    internal static string IdOf(string model, string window, EventTime start, EventTime end, long? cutBy) =>
        Identity.Of("window", model, window, EventTime.Format(start), EventTime.Format(end), cutBy?.ToString());
}
