using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using DriftStream.Alerts;
using DriftStream.Desk;
using DriftStream.Judging;
using DriftStream.Time;
using Xunit;

namespace DriftStream.Tests.Desk;

/// <summary>The log of a desk written by hand, and what the desk says, line by line. Times are hours after the first window's start.</summary>
internal sealed class DeskScript(params DeskPlan[] plans)
{
    private static readonly EventTime Zero = EventTime.From(new DateTime(2026, 11, 23));

    private readonly List<string> _names = [];
    private readonly List<(EventTime At, byte[] Record)> _log = [];
    private readonly List<string> _said = [];
    private DriftStream.Desk.Desk? _desk;
    private long _answers;

    public List<DeskAlert> Alerts { get; } = [];

    public List<Reply> Replies { get; } = [];

    public List<string> Missed { get; } = [];

    public List<DeskAction> Actions { get; } = [];

    public IEnumerable<DeskEpisode> Episodes => _desk!.Episodes.Values;

    /// <summary>What was said, one line each.</summary>
    public IReadOnlyList<string> Said => _said;

    /// <summary>A, with a chain to B after four hours and to C after eight; B, with one to C; C is the root owner.</summary>
    public static DeskPlan Plan(string ownerOfM1 = "A", string hash = "plan", Func<Owner, Owner>? of = null)
    {
        Owner[] owners =
        [
            Owner("A", ("B", 4), ("C", 8)), Owner("B", ("C", 4)), Owner("C"), Owner("D"), Owner("E"),
        ];
        if (of is not null) owners = [.. owners.Select(of)];
        ImmutableSortedDictionary<string, Owner> byId = owners.ToImmutableSortedDictionary(o => o.Id, o => o);
        AlertSettings Model(string id, string owner) => new(id, byId[owner], [], null, "https://example.org/runbook", [], 1, 1, 3);
        return new DeskPlan(
            hash, "C", byId, new[] { Model("m1", ownerOfM1), Model("m2", "A"), Model("m3", "B") }.ToImmutableSortedDictionary(m => m.Model, m => m),
            DeskSettings.Default with { Repeat = Duration.FromDays(2) });
    }

    public static EventTime At(double hours) => Zero + new Duration((long)Math.Round(hours * 60) * EventTime.Minute);

    /// <summary>A change of a symptom: <c>+age</c> begins as a warning, <c>+age!</c> as critical, <c>*age</c> has another story, <c>-age</c> ends.</summary>
    public DeskScript Window(double at, double to, string changes, double? since = null, double? from = null, string model = "m1")
    {
        var symptoms = new List<Symptom>();
        foreach (string change in changes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = change[1..].TrimEnd('!', '@');
            var subject = new Subject(model, "7", "1h", change.EndsWith('@') ? null : name, null, change.EndsWith('@') ? SubjectNames.Unjudged : null);
            SymptomStatus status = change[0] switch { '+' => SymptomStatus.Began, '-' => SymptomStatus.Ended, _ => SymptomStatus.On };
            Severity severity = change.EndsWith('!') ? Severity.Critical : Severity.Warning;
            symptoms.Add(new Symptom(subject, status, severity, At(since ?? to - 1), $"{name} has drifted")
            {
                Detail = change[0] == '=' ? [] : [.. """{"statistic":{"name":"psi","value":1},"rule":{"id":"psi"},"cells":[],"baseline":null,"rules":[]}"""u8],
                StoryChanged = change[0] == '*',
            });
        }

        return Record(at, new WindowJudged(new WindowRecord(model, "1h", At(from ?? to - 1), At(to), true, 0, "plan", [], [.. symptoms])));
    }

    public DeskScript Tick(double at, double? upto = null) => Record(at, new TimeHeard(At(upto ?? at)));

    public DeskScript PlanOf(double at, long epoch) => Record(at, new PlanHeard(epoch, plans[epoch].Hash));

    public DeskScript Acknowledge(double at, string owner, string episode, int revision, double? until, double? said = null, string model = "m1") =>
        Answer(at, owner, new Answer("", AnswerKind.Acknowledge, "anna")
        {
            Model = model,
            Episode = Id(episode),
            Revision = revision,
            Until = until is { } hours ? At(hours) : null,
        }, said);

    public DeskScript EndAcknowledgement(double at, string owner, string episode, string model = "m1") =>
        Answer(at, owner, new Answer("", AnswerKind.End, "anna") { Model = model, Episode = Id(episode) });

    public DeskScript Silence(double at, string owner, string? signal, double until, string? model = "m1", double? from = null) =>
        Answer(at, owner, new Answer("", AnswerKind.Silence, "anna")
        {
            Model = model,
            Signal = signal,
            From = from is { } hours ? At(hours) : null,
            Until = At(until),
            Note = "known",
        });

    public DeskScript Answer(double at, string owner, Answer answer, double? said = null)
    {
        if (answer.Id.Length == 0) answer = answer with { Id = $"ans{_answers}" };
        return Record(at, new AnswerHeard(new AnswerPlace("answers." + owner, _answers++), owner, At(said ?? at), answer, true));
    }

    /// <summary>The real id of an episode that is called E1, E2 ... here.</summary>
    public string Id(string name) => name[0] == 'E' && int.TryParse(name[1..], out int number) && number <= _names.Count ? _names[number - 1] : name;

    public DeskScript Record(double at, IDeskRecord record)
    {
        byte[] bytes = DeskCodec.Write(record);
        _log.Add((At(at), bytes));
        _desk ??= new DriftStream.Desk.Desk(epoch => plans[epoch], 0);
        Note(at, _desk.Apply(At(at), DeskCodec.Read(bytes)!));
        return this;
    }

    /// <summary>What was said, one line each; and a desk that is restored after any record says the same.</summary>
    public void Says(params string[] expected)
    {
        Assert.Equal(expected, _said);
        List<string> whole = Bytes(_log.Count);
        for (int stop = 0; stop < _log.Count; stop++) Assert.Equal(whole, Bytes(stop));
    }

    private List<string> Bytes(int stop)
    {
        var desk = new DriftStream.Desk.Desk(epoch => plans[epoch], 0);
        var said = new List<string>();
        for (int i = 0; i < _log.Count; i++)
        {
            if (i == stop) desk = DriftStream.Desk.Desk.Restore(epoch => plans[epoch], DeskCheckpoint.Read(desk.Checkpoint(i))!);
            DeskOutput output = desk.Apply(_log[i].At, DeskCodec.Read(_log[i].Record)!);
            said.AddRange(output.Alerts.Select(a => System.Text.Encoding.UTF8.GetString(DeskAlertJson.Write(a))));
            said.AddRange(output.Replies.Select(r => System.Text.Encoding.UTF8.GetString(DeskAlertJson.Write(r))));
            said.AddRange(output.Actions.Select(a => System.Text.Encoding.UTF8.GetString(DeskActionJson.Write(a))));
        }

        return said;
    }

    private void Note(double at, DeskOutput output)
    {
        foreach (DeskAlert alert in output.Alerts)
        {
            if (!_names.Contains(alert.Episode)) _names.Add(alert.Episode);
            string symptoms = string.Join(' ', alert.Loud.Select(s => s.Signal ?? s.OfModel));
            string which = $"E{_names.IndexOf(alert.Episode) + 1} r{alert.Revision} {Lower(alert.Status)} {Lower(alert.Severity)}";
            _said.Add(string.Create(
                CultureInfo.InvariantCulture, $"{at}h {which} [{symptoms}] to {string.Join(' ', alert.To)}, {Lower(alert.Because)}"));
        }

        foreach (Reply reply in output.Replies)
            _said.Add(string.Create(CultureInfo.InvariantCulture, $"{at}h {reply.Owner}: {Lower(reply.Answer.Kind)} -> {Lower(reply.Outcome)}"));
        foreach (DeskAction action in output.Actions)
        {
            string way = action.To is null ? "" : $" {action.Version}->{action.To.Version}";
            string what = $"E{_names.IndexOf(action.Episode) + 1} {JsonNamingPolicy.SnakeCaseLower.ConvertName($"{action.Kind}")}{way}";
            _said.Add(string.Create(CultureInfo.InvariantCulture, $"{at}h {what} {Lower(action.State)}"));
        }

        Actions.AddRange(output.Actions);
        Alerts.AddRange(output.Alerts);
        Replies.AddRange(output.Replies);
        Missed.AddRange(output.Missed);
    }

    private static string Lower<T>(T member)
        where T : struct, Enum => member.ToString().ToLowerInvariant();

    private static Owner Owner(string id, params (string To, int Hours)[] chain) => new(id, id, $"{id}@example.org")
    {
        Escalate = [.. chain.Select(c => new EscalationStep(c.To, Duration.FromHours(c.Hours), Severity.Critical))],
    };
}
