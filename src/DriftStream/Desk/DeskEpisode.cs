using System.Collections.Immutable;
using System.Text.Json.Serialization;
using DriftStream.Alerts;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>Where an episode stands.</summary>
public enum EpisodeStatus : byte
{
    /// <summary>Something speaks, and somebody has to answer.</summary>
    Firing,

    /// <summary>Somebody looks after it.</summary>
    Acknowledged,

    /// <summary>All that speaks is not to be told.</summary>
    Silenced,

    /// <summary>Nothing speaks any more.</summary>
    Resolved,
}

/// <summary>A symptom as the desk knows it.</summary>
/// <param name="Subject">What speaks.</param>
/// <param name="IsOn">Whether it is on.</param>
/// <param name="Severity">The highest that its rules have had since it began.</param>
/// <param name="Since">Start of the first window that spoke, event time.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Window">The window in which it was last news.</param>
public sealed record DeskSymptom(Subject Subject, bool IsOn, Severity Severity, EventTime Since, string Summary, SymptomWindow Window)
{
    /// <inheritdoc cref="Symptom.Detail"/>
    [JsonConverter(typeof(RawJson))]
    public ImmutableArray<byte> Detail { get; init; } = [];

    /// <summary>Id of the rule that leads, or null.</summary>
    public string? Rule { get; init; }

    /// <summary>In how many windows without a shared row it has been on since it was told.</summary>
    public int Lasted { get; init; }

    /// <summary>End of the last of these or, where there is none yet, of the window that was the last when it was told; null where it was not told.</summary>
    public EventTime? CountedUpto { get; init; }

    /// <summary>After another window in which it is on.</summary>
    internal DeskSymptom After(WindowRecord window) =>
        window.Start >= CountedUpto ? this with { Lasted = Lasted + 1, CountedUpto = window.End } : this;
}

/// <summary>Rows that have moved in an episode, over windows of one name that share no rows.</summary>
/// <param name="Window">The windows' name.</param>
/// <param name="Upto">End of the last window that was added.</param>
/// <param name="Rows">So many.</param>
public sealed record MovedRows(string Window, EventTime Upto, long Rows);

/// <summary>A window, as messages name it.</summary>
public sealed record SymptomWindow(string Name, EventTime Start, EventTime End, bool Complete, long LateRows, string Plan)
{
    /// <summary>The zone whose days it is made of; null where it is not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Zone { get; init; }

    /// <summary>After how long labels were joined; null of rows as they came.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Duration? Delay { get; init; }

    internal static SymptomWindow Of(WindowRecord window) =>
        new(window.Window, window.Start, window.End, window.Complete, window.LateRows, window.Plan) { Zone = window.Zone, Delay = window.Delay };
}

/// <summary>What somebody who looks after an episode has said.</summary>
/// <param name="Owner">For whom it was said.</param>
/// <param name="By">Who said it.</param>
/// <param name="Until">How long, log time.</param>
/// <param name="Covers">Up to which severity.</param>
/// <param name="Note">What the others should know, or null.</param>
public sealed record Acknowledgement(string Owner, string By, EventTime Until, Severity Covers, string? Note)
{
    /// <summary>When it was said last: what ends it was said after that.</summary>
    public EventTime Said { get; init; }
}

/// <summary>What was decided about a model.</summary>
public sealed record Decision(string Owner, string By, EventTime At, string Note);

/// <summary>The symptoms of one model that belong to one onset: what an owner answers for.</summary>
/// <param name="Id">Hash of the model and the window record that opened it.</param>
/// <param name="Model">The model's id, or the value that no model claims.</param>
/// <param name="IsForRoot">It is the root owner's, whoever owns the model.</param>
public sealed record DeskEpisode(string Id, string Model, bool IsForRoot)
{
    /// <summary>The accountable owner.</summary>
    public required string Owner { get; set; }

    /// <summary>Start of the first window that spoke, event time.</summary>
    public EventTime Since { get; set; }

    /// <summary>End of the last window in which a symptom of it began or ended, event time.</summary>
    public EventTime Upto { get; set; }

    /// <summary>All that have been on, by subject.</summary>
    public List<DeskSymptom> Symptoms { get; init; } = [];

    /// <summary>Rows that have moved, one entry a name of windows.</summary>
    public List<MovedRows> Moved { get; init; } = [];

    /// <summary>How many more there are that window records left out.</summary>
    public int LeftOut { get; set; }

    /// <summary>How often it was told.</summary>
    public int Revision { get; set; }

    /// <summary>The severity at each revision, from the first on.</summary>
    public List<Severity> Severities { get; init; } = [];

    /// <summary>What was told last; null where nothing was.</summary>
    public EpisodeStatus? Said { get; set; }

    /// <summary>The severity that was told last.</summary>
    public Severity Severity { get; set; }

    /// <summary>The highest that was told since it began, or came back.</summary>
    public Severity Worst { get; set; }

    /// <summary>When it was told last, log time.</summary>
    public EventTime Sent { get; set; }

    /// <summary>The subjects that were loud when it was told last.</summary>
    public List<Subject> Shown { get; set; } = [];

    /// <summary>When what has joined it is told, log time; null where there is nothing to tell.</summary>
    public EventTime? UpdateDue { get; set; }

    /// <summary>Something of what was told has another story, or was decided.</summary>
    public bool HasNews { get; set; }

    /// <summary>How often it came back.</summary>
    public int Returns { get; set; }

    /// <summary>By when the owner has to answer, as was promised when it was told.</summary>
    public EventTime RespondBy { get; set; }

    /// <summary>That time has passed, and nobody answered.</summary>
    public bool IsOverdue { get; set; }

    /// <summary>From when the next step of the chain counts, log time.</summary>
    public EventTime Asked { get; set; }

    /// <summary>How many steps of the chain were taken, and the time of the last.</summary>
    public int Steps { get; set; }

    /// <inheritdoc cref="Steps"/>
    public Duration LastStep { get; set; }

    /// <summary>Who was reached by the chain, and is told of everything until it ends.</summary>
    public List<string> Reached { get; set; } = [];

    /// <summary>Everybody who was told that it fires.</summary>
    public List<string> Told { get; set; } = [];

    /// <summary>Who looks after it, or null.</summary>
    public Acknowledgement? Acknowledged { get; set; }

    /// <summary>The last decision, or null.</summary>
    public Decision? Decision { get; set; }

    /// <summary>The last silence that ended while it was on, to be named in the next word; or null.</summary>
    public Silence? EndedSilence { get; set; }

    /// <summary>When it was last touched, log time: ended episodes are forgotten by it.</summary>
    public EventTime Touched { get; set; }

    /// <summary>Whether anything speaks.</summary>
    public bool IsOn => Symptoms.Exists(s => s.IsOn);

    /// <summary>The symptom of a subject, or null.</summary>
    public DeskSymptom? Of(Subject subject) => Symptoms.Find(s => s.Subject == subject);

    /// <summary>Rows that have moved: windows of several names hold the same rows.</summary>
    public long RowsMoved => Moved.Count == 0 ? 0 : Moved.Max(m => m.Rows);

    /// <summary>Adds the rows that have moved in a window, unless it shares rows with one that was added.</summary>
    public void Count(WindowRecord window, long rows)
    {
        int at = Moved.FindIndex(m => m.Window == window.Window);
        MovedRows before = at < 0 ? new MovedRows(window.Window, window.Start, 0) : Moved[at];
        if (window.Start < before.Upto) return;
        var after = new MovedRows(window.Window, window.End, before.Rows + rows);
        if (at < 0) Moved.Add(after);
        else Moved[at] = after;
    }

    /// <summary>Takes a symptom in place of what was known of its subject.</summary>
    public void Put(DeskSymptom symptom)
    {
        int at = Symptoms.FindIndex(s => s.Subject == symptom.Subject);
        if (at >= 0) Symptoms[at] = symptom;
        else Symptoms.Add(symptom);
    }
}
