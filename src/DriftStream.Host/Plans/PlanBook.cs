using System.Collections.Immutable;
using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Desk;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Joins;
using DriftStream.Plan;

namespace DriftStream.Host.Plans;

/// <summary>
/// Every plan of the plan topic by its epoch, as this worker runs it: with its own broker, paces and paths. Thread-safe; whoever asks for a
/// plan that has not been read yet waits for it.
/// </summary>
/// <param name="own">The plan that the worker was started with.</param>
public sealed class PlanBook(DriftPlan own)
{
    private const string MadeAgain = "the topic was made again, and nothing is judged by another plan than the one that counted; see docs/runbooks.md";

    private readonly object _gate = new();
    private readonly List<Recorded> _plans = [];
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Baseline?> _baselines = new(StringComparer.Ordinal);
    private readonly Dictionary<long, DriftPlan> _adopted = [];
    private readonly Dictionary<long, JudgeSettings> _judging = [];
    private readonly Dictionary<long, JoinSettings> _joining = [];
    private readonly Dictionary<long, DeskPlan> _desks = [];
    private readonly Dictionary<(string Model, string Settings), ModelDocument> _published = [];
    private readonly Dictionary<(string Model, string Settings), Baseline> _learned = [];
    private (PlanRecord? Record, PlanDocument? Document) _read;
    private string? _remade;
    private DriftPlan? _newest, _wanted = own, _proposed = own;

    /// <summary>The plan that the worker was started with.</summary>
    public DriftPlan Own { get; } = own;

    /// <summary>What desks make of the times of plans: what they are, unless somebody has no hours to wait.</summary>
    internal Func<DeskPlan, DeskPlan> Pace { get; set; } = plan => plan;

    /// <summary>The plan that runs; null until the plan topic has been read and holds it.</summary>
    public DriftPlan? Newest => Volatile.Read(ref _newest);

    /// <summary>Epoch of the first plan there is.</summary>
    public long Oldest
    {
        get
        {
            lock (_gate) return _plans[0].Epoch;
        }
    }

    /// <summary>Offers a plan to be run from now on: it is published unless it is already the newest.</summary>
    public void Offer(DriftPlan plan)
    {
        lock (_gate) _wanted = _proposed = plan;
    }

    /// <summary>The judge's settings by the plan of that epoch.</summary>
    /// <exception cref="InvalidOperationException">It was not <see cref="Require">required</see> before, or could not be had.</exception>
    public JudgeSettings Judging(long epoch)
    {
        lock (_gate)
        {
            if (_judging.TryGetValue(epoch, out JudgeSettings? settings)) return settings;
            DriftPlan plan = Adopt(epoch, out string? problem) ?? throw new InvalidOperationException(problem);
            _judging.Add(epoch, settings = plan.Judge());
            return settings;
        }
    }

    /// <summary>The joiners' settings by the plan of that epoch.</summary>
    /// <exception cref="InvalidOperationException">It was not <see cref="Require">required</see> before, or could not be had.</exception>
    public JoinSettings Joining(long epoch)
    {
        lock (_gate)
        {
            if (_joining.TryGetValue(epoch, out JoinSettings? settings)) return settings;
            DriftPlan plan = Adopt(epoch, out string? problem) ?? throw new InvalidOperationException(problem);
            _joining.Add(epoch, settings = plan.Joining());
            return settings;
        }
    }

    /// <summary>What desks take from the plan of that epoch.</summary>
    /// <exception cref="InvalidOperationException">It was not <see cref="Require">required</see> before, or could not be had.</exception>
    public DeskPlan Desks(long epoch)
    {
        lock (_gate)
        {
            if (_desks.TryGetValue(epoch, out DeskPlan? known)) return known;
            DriftPlan plan = Adopt(epoch, out string? problem) ?? throw new InvalidOperationException(problem);
            _desks.Add(epoch, known = Pace(plan.Desks()));
            return known;
        }
    }

    /// <summary>Waits until the plan of that epoch is read, or returns why it cannot be had.</summary>
    public KafkaFailure? Require(long epoch, TimeSpan patience)
    {
        lock (_gate)
        {
            DateTime until = DateTime.UtcNow + patience;
            while (_plans.Count == 0 || _plans[^1].Epoch < epoch)
            {
                TimeSpan left = until - DateTime.UtcNow;
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left)) break;
            }

            return Adopt(epoch, out string? problem) is null ? new KafkaFailure(KafkaErrorKind.Missing, problem!) : null;
        }
    }

    /// <summary>The failure where a plan topic that was made again has other plans at the places that a header names; else null.</summary>
    public KafkaFailure? Check(SegmentHeader header) => Check(header.Plan, header.PlanHash) ?? Check(header.Variant.Epoch, header.EpochHash);

    /// <summary>The failure where the plan topic has another plan at that place; else null.</summary>
    /// <param name="epoch">Its offset.</param>
    /// <param name="hash">Its short hash; 0 where it is unknown, and nothing can be said.</param>
    public KafkaFailure? Check(long epoch, ulong hash)
    {
        lock (_gate) return Foreign(epoch, hash) is { } problem ? new KafkaFailure(KafkaErrorKind.Missing, problem) : null;
    }

    /// <summary>Waits until a plan runs; null where that was cancelled.</summary>
    /// <param name="waiting">Called every second.</param>
    internal DriftPlan? Await(Action waiting, CancellationToken cancel)
    {
        lock (_gate)
        {
            while (Newest is null && !cancel.IsCancellationRequested)
            {
                waiting();
                Monitor.Wait(_gate, TimeSpan.FromSeconds(1));
            }
        }

        return cancel.IsCancellationRequested ? null : Newest;
    }

    /// <summary>The plan to be published, given once; null where there is none, or where it is already the newest.</summary>
    internal DriftPlan? TakeWanted() => TakeWanted(out _);

    /// <inheritdoc cref="TakeWanted()"/>
    /// <param name="problem">Why a plan is not published that has a learned baseline, or null.</param>
    internal DriftPlan? TakeWanted(out string? problem)
    {
        problem = null;
        lock (_gate)
        {
            DriftPlan? wanted = _wanted is null ? null : WithLearned(_wanted, out problem);
            _wanted = null;
            return wanted is null || (_plans.Count > 0 && _plans[^1].Record.Hash == wanted.Hash) ? null : wanted;
        }
    }

    /// <summary>Has a plan tried again that could not be published, unless something newer is wanted by now.</summary>
    internal void PutBack(DriftPlan plan)
    {
        lock (_gate) _wanted ??= plan;
    }

    /// <summary>Whether the plan to be published may have baselines in the log that have been learned.</summary>
    internal bool WantsLearned()
    {
        lock (_gate) return _wanted is { } wanted && wanted.Models.Any(m => m.Learn is not null);
    }

    /// <summary>The models that are to learn their baselines; none where the plan that runs is another one than this worker's.</summary>
    internal ImmutableArray<ModelPlan> Learning()
    {
        lock (_gate)
        {
            if (_proposed is null || _plans.Count == 0 || _proposed.Models.All(m => m.Learn is null)) return [];
            DriftPlan? plan = WithLearned(_proposed, out _);
            return plan is null || plan.Hash != _plans[^1].Record.Hash ? [] : [.. plan.Models.Where(m => m.Judgement.Baseline.ToLearn is not null)];
        }
    }

    /// <summary>Has the plan run with a baseline that was learned, unless another worker was first.</summary>
    internal void Learn(string model, string settings, Baseline baseline)
    {
        lock (_gate)
        {
            _learned[(model, settings)] = baseline;
            _wanted ??= _proposed;
        }
    }

    /// <summary>Baselines as files, by the hash of their content.</summary>
    internal void Add(IReadOnlyDictionary<string, byte[]> files)
    {
        lock (_gate)
        {
            foreach ((string hash, byte[] file) in files) _files[hash] = file;
        }
    }

    /// <summary>Adds a record of the plan topic.</summary>
    internal void Add(long epoch, PlanRecord record)
    {
        lock (_gate)
        {
            if (_plans.Count > 0 && epoch <= _plans[^1].Epoch)
            {
                // The stage reads the topic again from its start when it starts again.
                _remade ??= At(epoch)?.Record.Hash == record.Hash
                    ? null
                    : $"the topic plan has another plan at offset {epoch} than before: it was made again; stop the workers and see docs/runbooks.md";
                return;
            }

            PlanDocument? document = Document(record);
            foreach (ModelDocument model in document?.Models ?? [])
            {
                if (model is { Learn: { } learn, Baseline: not null }) _published[(model.Id, learn.Settings)] = model;
            }

            string counting = document?.CountingHash ?? record.Hash;
            bool same = _plans.Count > 0 && _plans[^1].CountingHash == counting;
            _plans.Add(new Recorded(epoch, record, counting, same ? _plans[^1].Counting : epoch));
        }
    }

    /// <summary>Puts everything added so far into force: the newest plan runs, or the reason why it does not is returned.</summary>
    internal string? Run()
    {
        lock (_gate)
        {
            if (_plans.Count == 0 || _remade is not null) return _remade;
            DriftPlan? plan = Adopt(_plans[^1].Epoch, out string? problem);
            if (plan is not null) Volatile.Write(ref _newest, plan);
            Monitor.PulseAll(_gate);
            return problem;
        }
    }

    /// <summary>Whether baselines of the newest plan are not known yet.</summary>
    internal bool LacksBaselines()
    {
        lock (_gate)
        {
            return _plans.Count > 0 && Document(_plans[^1].Record) is { } document
                && document.Models.SelectMany(m => m.Parts()).Any(part => Find(part) is null);
        }
    }

    // Of the record that was asked for last: a document is large, and there may be many.
    private PlanDocument? Document(PlanRecord record)
    {
        if (!ReferenceEquals(_read.Record, record)) _read = (record, record.Document);
        return _read.Document;
    }

    // What is in the log goes before what was learned here: two workers may have learned at once.
    private DriftPlan? WithLearned(DriftPlan plan, out string? problem)
    {
        problem = null;
        var learned = new Dictionary<string, Baseline>(StringComparer.Ordinal);
        foreach (ModelPlan model in plan.Models)
        {
            if (model.Learn is not { } learn) continue;
            ModelDocument? published = _published.GetValueOrDefault((model.Id, learn.Settings));
            Baseline? baseline = published is null ? null : Find(published.Baseline!.Part);
            baseline = baseline is null
                ? _learned.GetValueOrDefault((model.Id, learn.Settings))
                : baseline with { Hash = published!.Baseline!.Hash, LearnedUntil = published.Learn!.Until };
            if (baseline is null) continue;
            if (learn.Bind(baseline, out problem) is not { } bound) return null;
            learned.Add(model.Id, bound);
        }

        return plan.With(learned);
    }

    private DriftPlan? Adopt(long epoch, out string? problem)
    {
        problem = null;
        if (_adopted.TryGetValue(epoch, out DriftPlan? plan)) return plan;
        if (At(epoch) is not { } recorded)
        {
            string last = _plans.Count == 0 ? "has none" : $"ends at {_plans[^1].Epoch}";
            problem = $"the counts name the plan at offset {epoch}, and the plan topic {last}: was it made again? see docs/runbooks.md";
            return null;
        }

        if (Document(recorded.Record) is not { } document)
        {
            problem = $"the plan at offset {epoch} was written by another version of driftstream, and cannot be read by this one";
            return null;
        }

        plan = document.Adopt(Own, Find, epoch, recorded.Counting, out string? missing);
        // Where a segment ends must not depend on who counts it, or when: shorter ones would count again what is in a longer one.
        if (plan is not null && _plans[0].Record.Segment is { } segment) plan = plan with { Counting = plan.Counting with { SegmentBytes = segment } };
        if (plan is not null && At(recorded.Counting) is { } counting)
            plan = plan with { Counting = plan.Counting with { EpochHash = PlanName.Short(counting.Record.Hash) } };
        if (plan is null) problem = $"a baseline of the plan at offset {epoch} is not in the topic baselines ({missing})";
        else _adopted.Add(epoch, plan);
        return plan;
    }

    private string? Foreign(long epoch, ulong hash)
    {
        if (hash == 0) return null;
        if (At(epoch) is not { } recorded) return $"the counts name the plan at offset {epoch}, and the plan topic has none there: {MadeAgain}";
        ulong known = PlanName.Short(recorded.Record.Hash);
        return known == hash
            ? null
            : $"the counts name the plan at offset {epoch} by the hash {hash:x16}, and the plan topic has {known:x16} there: {MadeAgain}";
    }

    private Recorded? At(long epoch) => _plans.Find(p => p.Epoch == epoch);

    private Baseline? Find(string hash)
    {
        if (_baselines.TryGetValue(hash, out Baseline? known)) return known;
        if (!_files.TryGetValue(hash, out byte[]? file) || BaselineFile.Read(file, out _) is not { } read || read.Hash != hash) return null;
        _baselines.Add(hash, read);
        return read;
    }

    /// <param name="Counting">Epoch of the first plan in the unbroken run before it that counts as it does.</param>
    private sealed record Recorded(long Epoch, PlanRecord Record, string CountingHash, long Counting);
}
