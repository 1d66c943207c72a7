using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>What the world of a simulated desk lets happen.</summary>
public enum DeskMode
{
    /// <summary>Transactions, one desk fenced by the next.</summary>
    Transactions,

    /// <summary>The same, and checkpoints get lost.</summary>
    Lost,

    /// <summary>No transactions, crashes between writes.</summary>
    Plain,

    /// <summary>No transactions, two desks for ever.</summary>
    Two,
}

/// <summary>One thing said, as it stands in the outbox.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="At">When the record was appended that made the desk say it.</param>
/// <param name="Alert">An alert, or null.</param>
/// <param name="Reply">A reply, or null.</param>
internal sealed record DeskWord(string Id, EventTime At, DeskAlert? Alert, Reply? Reply);

/// <summary>What stands on the brokers for one partition of the desk.</summary>
internal sealed class DeskShelf(int index)
{
    public int Index => index;

    public List<(EventTime At, IDeskRecord Record)> Log { get; } = [];

    public List<DeskWord> Outbox { get; } = [];

    public byte[]? Checkpoint { get; set; }

    /// <summary>A transaction whose desk died while it was being committed, and that the broker brings to its end.</summary>
    public (DeskWord[] Words, byte[] Checkpoint)? Torn { get; set; }

    public int Fence { get; set; }

    public List<SimulatedDesk> Stages { get; } = [];

    /// <summary>What was torn is there, all of it at once.</summary>
    public void EndTorn()
    {
        if (Torn is not { } torn) return;
        Outbox.AddRange(torn.Words);
        (Checkpoint, Torn) = (torn.Checkpoint, null);
    }
}

/// <summary>
/// Judges, people and plans around two partitions of the desk, by chance from a seed: m1 and m2 lie in the first, m3 in the second. Whoever answers does
/// so in the owners' topics, of which one is now and then made again.
/// </summary>
internal sealed class DeskWorld
{
    private static readonly string[] ModelNames = ["m1", "m2", "m3"], Signals = ["a", "b", "c", "g"], Speakers = ["A", "B", "C", "D", "E", "F"];

    // Of two owners of m1 in turn; the epoch alone tells two plans of one owner apart.
    private static readonly DeskPlan[] Turns = [Plan("A"), Plan("D")];

    private static readonly Duration Calm = Duration.FromDays(21);

    private readonly Dictionary<string, bool> _on = [];
    private readonly HashSet<string> _used = [];
    private readonly List<string> _silences = [], _absences = [];
    private long _minutes = 1000;

    public DeskWorld(int seed, DeskMode mode, DeskMutant mutant)
    {
        (Chance, Mode, Mutant) = (new Random(seed), mode, mutant);
        foreach (string owner in Speakers) Topics[owner] = ($"answers.{owner}", []);
    }

    public Random Chance { get; }

    public DeskMode Mode { get; }

    public DeskMutant Mutant { get; }

    public bool HasTransactions => Mode is DeskMode.Transactions or DeskMode.Lost;

    public DeskShelf[] Shelves { get; } = [new(0), new(1)];

    /// <summary>The topics of answers, by owner: their name, which changes when one is made again, and what stands in them.</summary>
    public SortedDictionary<string, (string Name, List<(EventTime Said, Answer Answer)> Said)> Topics { get; } = new(StringComparer.Ordinal);

    /// <summary>All that was ever said and not deleted before a desk had read it, by id, each with its owner.</summary>
    public Dictionary<string, (string Owner, EventTime Said, Answer Answer)> Answers { get; } = [];

    /// <summary>Ids of answers that were deleted with their topic, some perhaps unread.</summary>
    public HashSet<string> Deleted { get; } = [];

    public long Epoch { get; private set; }

    public EventTime Clock => At(_minutes);

    /// <summary>Whether a subject is on, by the judges alone.</summary>
    public IReadOnlyDictionary<string, bool> On => _on;

    public static DeskPlan PlanAt(long epoch) => Turns[epoch % 2] with { Hash = $"plan {epoch}" };

    public static EventTime At(long minutes) => DeskScript.At(0) + Duration.FromMinutes((int)minutes);

    public static int ShelfOf(string model) => model == "m3" ? 1 : 0;

    public void Sleep(long minutes) => _minutes += minutes;

    public T Any<T>(params IReadOnlyList<T> of) => of[Chance.Next(of.Count)];

    public void Append(DeskShelf shelf, IDeskRecord record) => shelf.Log.Add((Clock, record));

    public void Turn() => Epoch++;

    /// <summary>
    /// Nothing comes from judges and people any more, and time goes on until all silences and acknowledgements have ended and every chain has been gone
    /// through: it jumps to when the next thing is due.
    /// </summary>
    public SimulatedDesk[] StandStill()
    {
        SimulatedDesk[] last = [.. Shelves.Select(s => new SimulatedDesk(this, s))];
        for (EventTime end = Clock + Calm; ;)
        {
            foreach (SimulatedDesk desk in last) desk.Work();
            if (Clock >= end) return last;
            EventTime next = last.Select(d => d.NextDue ?? end).Append(end).Min();
            // Only what was due before is told, so a minute later.
            do _minutes++;
            while (Clock <= next);
        }
    }

    /// <summary>A window of one model: some of its symptoms begin, others end.</summary>
    public void Judge()
    {
        string model = Any(ModelNames);
        // The ends of a model's windows only grow.
        if (!_used.Add($"{model} {_minutes}")) return;
        var symptoms = ImmutableArray.CreateBuilder<Symptom>();
        foreach (string signal in Signals.OrderBy(_ => Chance.Next()).Take(Any(1, 1, 2, 3)).ToArray())
        {
            Severity severity = Any(Severity.Info, Severity.Warning, Severity.Critical, Severity.Critical);
            symptoms.Add(Changed(model, signal, severity, Clock - Duration.FromMinutes(Any(10, 60, 600))));
        }

        WindowJudged judged = Judged(model, Math.Max(0, Epoch - Chance.Next(2)), symptoms.DrainToImmutable());
        // Without transactions a judge may say a window twice.
        if (!HasTransactions && Chance.Next(10) == 0) Append(Shelves[ShelfOf(model)], judged);
    }

    /// <summary>A window of m1 in which one symptom begins or ends; it belongs to what began in the ten hours before.</summary>
    public void Judge(string signal, Severity severity) => Judged("m1", Epoch, [Changed("m1", signal, severity, Clock - Duration.FromHours(10))]);

    private Symptom Changed(string model, string signal, Severity severity, EventTime since)
    {
        string key = $"{model} {signal}";
        bool on = _on[key] = !_on.GetValueOrDefault(key);
        return new Symptom(new Subject(model, "7", "1h", signal, null), on ? SymptomStatus.Began : SymptomStatus.Ended, severity, since, signal);
    }

    private WindowJudged Judged(string model, long epoch, ImmutableArray<Symptom> symptoms)
    {
        var judged = new WindowJudged(new WindowRecord(model, "1h", Clock - Duration.FromHours(1), Clock, true, epoch, "", [], symptoms));
        Append(Shelves[ShelfOf(model)], judged);
        return judged;
    }

    /// <summary>Somebody reads the alerts that are there, and says something.</summary>
    public void Person()
    {
        string owner = Any(Speakers);
        DeskAlert[] all = [.. Shelves.SelectMany(s => s.Outbox).Where(w => w.Alert is not null).Select(w => w.Alert!).OrderBy(a => a.Told)];
        DeskAlert[] own = [.. all.Where(a => a.To.Contains(owner))];
        if (own.Length > 0) all = own;
        string id = Chance.NextInt64().ToString("x");
        double x = Chance.NextDouble();
        Answer answer;
        if (x < .60 && all.Length > 0)
        {
            DeskAlert read = Chance.NextDouble() < .7 ? all[^1] : Any(all);
            answer = To(read, AnswerKind.Acknowledge) with { Revision = read.Revision, Until = Clock + Duration.FromHours(Any(2, 24, 168)) };
        }
        else if (x < .78)
        {
            EventTime until = Clock + Duration.FromHours(Any(3, 24));
            EventTime? from = Chance.Next(4) == 0 ? Clock + Duration.FromHours(1) : null;
            answer = Of(AnswerKind.Silence) with { Model = Any(ModelNames), Signal = Any("a", "b", "c", "*"), From = from, Until = until };
        }
        else if (x < .82) answer = Of(AnswerKind.Acknowledge) with { Model = "m1", Episode = "nonsense", Revision = 1 };
        else if (x < .86 && all.Length > 0) answer = To(Any(all), AnswerKind.End);
        else if (x < .91) answer = Of(AnswerKind.End) with { Silence = _silences.Count > 0 ? Any(_silences) : id };
        else if (x < .92) answer = Of(AnswerKind.End) with { Absence = _absences.Count > 0 ? Any(_absences) : id };
        else if (x < .96) answer = Of(AnswerKind.Decide) with { Model = Any(ModelNames), Note = "looks fine" };
        else
        {
            EventTime? from = Chance.Next(3) == 0 ? Clock + Duration.FromHours(2) : null;
            (owner, answer) = (Any("A", "B"), Of(AnswerKind.Away) with { To = "E", From = from, Until = Clock + Duration.FromHours(Any(5, 48)) });
        }

        Say(owner, answer);
        // The client tried again.
        if (Chance.NextDouble() < .15) Topics[owner].Said.Add((Clock, answer));

        Answer Of(AnswerKind kind) => new(id, kind, "anna");
        Answer To(DeskAlert read, AnswerKind kind) => Of(kind) with { Model = read.Model, Episode = read.Episode };
    }

    /// <summary>An answer to what was told of the only episode.</summary>
    public void Acknowledge(string owner, int revision, int hours)
    {
        string episode = Shelves.SelectMany(s => s.Outbox).Select(w => w.Alert?.Episode).First(e => e is not null)!;
        var answer = new Answer($"answer {Answers.Count}", AnswerKind.Acknowledge, "anna") { Model = "m1", Episode = episode, Revision = revision };
        Say(owner, answer with { Until = Clock + Duration.FromHours(hours) });
    }

    /// <summary>Somebody says something, by an owner's topic.</summary>
    public void Say(string owner, Answer answer)
    {
        if (answer.Kind == AnswerKind.Silence) _silences.Add(answer.Id);
        if (answer.Kind == AnswerKind.Away) _absences.Add(answer.Id);
        Answers[answer.Id] = (owner, Clock, answer);
        Topics[owner].Said.Add((Clock, answer));
    }

    /// <summary>A topic of answers is deleted and made again: what nobody has read by then is gone.</summary>
    public void MakeAgain()
    {
        string owner = Any(Speakers);
        (string name, List<(EventTime Said, Answer Answer)> said) = Topics[owner];
        Deleted.UnionWith(said.Select(s => s.Answer.Id));
        Topics[owner] = (name + "'", []);
    }

    private static DeskPlan Plan(string ownerOfM1)
    {
        Assert.True(Zone.TryFind("Europe/Berlin", out Zone? berlin));
        DayOfWeek[] days = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];
        var hours = new WorkingHours(berlin, days, TimeSpan.FromHours(9), TimeSpan.FromHours(17), []);
        return DeskScript.Plan(ownerOfM1, of: o => o.Id switch
        {
            "A" => o with { Hours = hours },
            "B" => o with { Delegates = ["D"] },
            "D" => o with { Escalate = [new EscalationStep("B", Duration.FromHours(2), Severity.Critical)] },
            _ => o,
        });
    }
}
