using System.Collections.Immutable;
using DriftStream.Host.Files;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using DriftStream.Host.References;
using DriftStream.Host.Terminal;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Plans;

/// <summary>
/// Learns the baselines of models that have none: looks now and then how far their topics are, and builds a baseline of their first rows when these are
/// there. Works on a thread of its own, so that the plan stage goes on; what it keeps can be lost.
/// </summary>
internal sealed class BaselineLearning : IDisposable
{
    /// <summary>The name under which health shows how far it is.</summary>
    public const string Topic = "learning";

    /// <summary>The time between two looks at the topics.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(10), FirstPause = TimeSpan.FromMinutes(1), LongestPause = TimeSpan.FromHours(1);

    private readonly PlanBook _book;
    private readonly Health _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _pace;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<(string Model, string Settings), Pupil> _pupils = [];
    private Task _look = Task.CompletedTask;
    private long? _looked;

    /// <param name="book">Has the models that learn, and takes what they have learned.</param>
    /// <param name="pace">The time between two looks.</param>
    public BaselineLearning(PlanBook book, Health health, TimeProvider time, ILogger logger, TimeSpan pace) =>
        (_book, _health, _time, _logger, _pace) = (book, health, time, logger, pace);

    /// <summary>To be called again and again; returns at once.</summary>
    public void Step()
    {
        if (!_look.IsCompleted || (_looked is { } before && _time.GetElapsedTime(before) < _pace)) return;
        _look.GetAwaiter().GetResult(); // what is thrown ends the stage, which starts again
        _looked = _time.GetTimestamp();
        ImmutableArray<ModelPlan> models = _book.Learning();
        foreach ((string, string) gone in _pupils.Keys.Except(models.Select(Key)).ToArray()) _pupils.Remove(gone);
        if (models.IsEmpty) _health.Tell(Topic, []);
        else _look = Task.Run(() => Look(models), CancellationToken.None);
    }

    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            _look.Wait(TimeSpan.FromSeconds(5));
        }
        catch (AggregateException)
        {
            // The stage ends; it would have thrown this otherwise.
        }

        _health.Tell(Topic, []);
    }

    private static (string Model, string Settings) Key(ModelPlan model) => (model.Id, model.Learn!.Settings);

    private void Look(ImmutableArray<ModelPlan> models)
    {
        var lines = new SortedDictionary<string, string>(models.ToDictionary(m => m.Id, _ => ""), StringComparer.Ordinal);
        foreach (ModelPlan model in models)
        {
            if (!_pupils.TryGetValue(Key(model), out Pupil? pupil))
                _pupils.Add(Key(model), pupil = new Pupil(new LearnClock(model.Learn!.First, _book.Own.Time.IdleAfter)));
            try
            {
                Look(model, pupil, Say);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            void Say(string text)
            {
                lines[model.Id] = Printable.Of($"{model.Id}: {text}");
                _health.Tell(Topic, [.. lines.Values.Where(l => l.Length > 0)]);
            }
        }
    }

    private void Look(ModelPlan model, Pupil pupil, Action<string> say)
    {
        BaselineRequest request = model.Learn!.Request;
        IReadOnlyList<PartitionSpan>? spans =
            PartitionSpan.Read(_book.Own.Kafka, request.Stream.Selectors.Keys, _logger, out KafkaFailure? failure, _stop.Token);
        if (spans is null)
        {
            Trouble(model, pupil, say, failure!.Detail);
            return;
        }

        LearnReach reach = pupil.Clock.Look(spans, EventTime.From(_time.GetUtcNow().UtcDateTime));
        string far = $"learning its baseline: {reach.Text}";
        if (!pupil.IsTold)
        {
            pupil.IsTold = true;
            _logger.BaselineIsLearned(Printable.Of(model.Id), Quantity.Duration(model.Learn.First), reach.Text);
        }

        if (reach.Problem is { } problem) Trouble(model, pupil, say, problem);
        else if (!reach.IsReady) say(far);
        else if (_time.GetUtcNow() < pupil.Again) say($"{far}; {pupil.Trouble}; it is tried again at {pupil.Again:HH:mm}");
        else Build(model, pupil, spans, reach, say);
    }

    private void Build(ModelPlan model, Pupil pupil, IReadOnlyList<PartitionSpan> spans, LearnReach reach, Action<string> say)
    {
        using var notes = new StringWriter();
        long told = _time.GetTimestamp();
        string? problem;
        try
        {
            say("learning its baseline: its first rows are read");
            BaselineLoad? load = new FirstRows(model.Learn!.Request, spans, reach.End)
                .Build(_book.Own.Kafka, _logger, Read, notes, out KafkaFailure? failure, _stop.Token);
            problem = load is null ? failure!.Detail : load.Problem;
            if (load?.Baseline is { } baseline && model.Learn.Bind(baseline, out problem) is not null)
            {
                _book.Learn(model.Id, model.Learn.Settings, baseline with { LearnedUntil = new(reach.End) });
                string heard = string.Join("; ", notes.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
                _logger.BaselineLearned(Printable.Of(model.Id), baseline.Hash, baseline.Rows, EventTime.Format(reach.Start), EventTime.Format(reach.End),
                    Printable.Of(heard));
                say("learned its baseline");
                return;
            }
        }
        catch (DataFileException e)
        {
            problem = e.Message;
        }

        TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(pupil.Failures++, 10));
        pupil.Again = _time.GetUtcNow() + (pause < LongestPause ? pause : LongestPause);
        Trouble(model, pupil, say, problem!);

        void Read(long messages)
        {
            if (_time.GetElapsedTime(told) < Telling) return;
            told = _time.GetTimestamp();
            _logger.BaselineReads(Printable.Of(model.Id), messages);
            say($"learning its baseline: {messages} messages read");
        }
    }

    // Once: it is looked at again every half minute.
    private void Trouble(ModelPlan model, Pupil pupil, Action<string> say, string problem)
    {
        say($"its baseline cannot be learned yet: {problem}");
        if (problem == pupil.Trouble) return;
        pupil.Trouble = problem;
        _logger.BaselineNotLearned(Printable.Of(model.Id), Printable.Of(problem));
    }

    /// <summary>A model that learns.</summary>
    private sealed class Pupil(LearnClock clock)
    {
        public LearnClock Clock { get; } = clock;

        public bool IsTold { get; set; }

        public string? Trouble { get; set; }

        public int Failures { get; set; }

        /// <summary>Before this it is not tried again.</summary>
        public DateTimeOffset Again { get; set; }
    }
}
