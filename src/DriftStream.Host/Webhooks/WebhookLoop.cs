using System.Text;
using DriftStream.Alerts;
using DriftStream.Frames;
using DriftStream.Host.Kafka;
using DriftStream.Host.Observability;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Webhooks;

/// <summary>What a loop asks of its stage.</summary>
/// <param name="Read">Records of the owner's topic from an offset on, at most so many; where the offset is gone, from the oldest on.</param>
/// <param name="GiveUp">Hands on what cannot be posted, with the reason; false where that was not possible, and nothing may be skipped.</param>
internal sealed record WebhookSurroundings(
    Func<long, int, CancellationToken, Task<List<LogRecord>>> Read,
    Func<LogRecord, WebhookAnswer, Task<bool>> GiveUp,
    TimeProvider Time, Metrics Metrics, ILogger Logger);

/// <summary>
/// One webhook, as a reader of its owner's topic: what comes waits in a queue with a bound, and is posted one after the other. Where it is slower than
/// the topic grows it reads what it missed itself, so a webhook that hangs costs a queue and nobody's time.
/// </summary>
internal sealed class WebhookLoop : IDisposable
{
    /// <summary>How many records, and bytes of them, wait in memory.</summary>
    public const int MaxQueued = 50, MaxQueuedBytes = 256 * 1024;

    private const string Reply = "io.driftstream.reply";

    private static readonly TimeSpan SlackPace = TimeSpan.FromSeconds(1), ReadAgain = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<LogRecord> _queue = [];
    private readonly SemaphoreSlim _news = new(0, 1);
    private readonly WebhookClient _client;
    private readonly MailClient _mail;
    private readonly WebhookSurroundings _around;
    private readonly AlertmanagerEpisodes? _episodes;
    private readonly long? _position;
    private readonly DateTimeOffset _started, _since;
    private long _next, _newest;
    private int _queuedBytes;
    private bool _missed, _told;
    private DateTimeOffset _again;

    /// <param name="position">The first offset that is not yet done with; null for a webhook that is new: it is told what is written from now on.</param>
    public WebhookLoop(string owner, Webhook webhook, long? position, WebhookSurroundings around)
    {
        (Owner, Webhook, _position, _around) = (owner, webhook, position, around);
        _client = new WebhookClient(webhook, around.Time);
        _mail = new MailClient(webhook, around.Time);
        _episodes = webhook.Format == WebhookFormat.Alertmanager ? new AlertmanagerEpisodes(webhook.Severity) : null;
        _started = around.Time.GetUtcNow();
        // A broker's clock is not ours.
        _since = _started - TimeSpan.FromMinutes(1);
        _next = position ?? -1;
    }

    public string Owner { get; }

    public Webhook Webhook { get; }

    /// <summary>The first offset that is not yet done with; negative until that is known.</summary>
    public long Next => Interlocked.Read(ref _next);

    /// <summary>Records that wait.</summary>
    public long Lag
    {
        get
        {
            lock (_gate) return Math.Max(0, _newest - Math.Max(0, _next));
        }
    }

    /// <summary>The next record of the topic. Never waits.</summary>
    public void Offer(LogRecord record)
    {
        lock (_gate)
        {
            _newest = record.Offset + 1;
            if (IsOld(record))
            {
                Fold(record);
                if (_position is null) _next = record.Offset + 1;
                return;
            }

            if (_next < 0) _next = record.Offset;
            int bytes = record.Value?.Length ?? 0;
            if (_missed || (_queue.Count > 0 && (_queue.Count >= MaxQueued || _queuedBytes + bytes > MaxQueuedBytes)))
            {
                _missed = true;
                return;
            }

            _queue.Enqueue(record);
            _queuedBytes += bytes;
        }

        Wake();
    }

    /// <summary>The topic has been read to its end once: what is open is known.</summary>
    /// <param name="end">The offset of the next record.</param>
    public void ReachedEnd(long end)
    {
        lock (_gate)
        {
            _newest = Math.Max(_newest, end);
            _told = true;
            if (_next < 0) _next = end;
        }

        Wake();
    }

    /// <summary>Posts until it is told to stop.</summary>
    /// <param name="stop">Ends it between two posts.</param>
    /// <param name="abort">Ends a post under way too.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (IsDue()) await SayAllAsync(abort).ConfigureAwait(false);
                else if (TryTake(out LogRecord record))
                {
                    if (!await IsDoneWithAsync(record, stop, abort).ConfigureAwait(false)) return;
                }
                else if (_missed) await CatchUpAsync(stop).ConfigureAwait(false);
                else await _news.WaitAsync(TimeSpan.FromSeconds(1), stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // What was not posted is posted by whoever has the topic next.
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _news.Dispose();
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_news.CurrentCount == 0) _news.Release();
        }
    }

    // Before its position, and before there was such a webhook: only what is open counts.
    private bool IsOld(LogRecord record) =>
        _position is { } position ? record.Offset < position : DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp / 1000) < _since;

    private void Fold(LogRecord record)
    {
        if (_episodes is not null && Alert(record) is { } alert) _episodes.Take(alert, _around.Time.GetUtcNow());
    }

    private static AlertView? Alert(LogRecord record) => record.Value is null || IsReply(record) ? null : AlertView.Read(record.Value);

    private static bool IsReply(LogRecord record) =>
        record.Headers is { } headers && headers.TryGetLastBytes("ce_type", out byte[] type) && Encoding.UTF8.GetString(type) == Reply;

    private bool TryTake(out LogRecord record)
    {
        lock (_gate)
        {
            if (!_queue.TryDequeue(out record)) return false;
            _queuedBytes -= record.Value?.Length ?? 0;
            return true;
        }
    }

    // Else nothing after it may be posted either: the stage starts again from here.
    private async Task<bool> IsDoneWithAsync(LogRecord record, CancellationToken stop, CancellationToken abort)
    {
        if (record.Offset < Next) return true;
        bool done = record.Value is null || IsReply(record);
        try
        {
            done = done || await PostAsync(record, stop, abort).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && CountingFault.IsOne(e))
        {
            _around.Metrics.Fault("webhook");
            _around.Logger.DeliveryThrew(e, record.Topic, record.Partition, record.Offset);
            done = await GiveUpAsync(record, new WebhookAnswer(WebhookOutcome.Refused, CountingFault.Describe(e))).ConfigureAwait(false);
        }

        if (done) Interlocked.Exchange(ref _next, record.Offset + 1);
        return done;
    }

    private async Task<bool> PostAsync(LogRecord record, CancellationToken stop, CancellationToken abort)
    {
        AlertView? alert = Alert(record);
        if (alert is null) return await GiveUpAsync(record, new WebhookAnswer(WebhookOutcome.Refused, "it is no alert that can be read")).ConfigureAwait(false);
        Func<Task<WebhookAnswer>> post;
        if (_episodes is not null)
        {
            IReadOnlyList<(AlertView, DateTimeOffset, bool)> said;
            lock (_gate) said = _episodes.Take(alert, _around.Time.GetUtcNow());
            if (said.Count == 0) return true;
            post = () => _client.PostAsync(AlertmanagerEpisodes.Request(said, _around.Time.GetUtcNow()), abort);
        }
        else
        {
            if (alert.Severity < Webhook.Severity) return true;
            post = Webhook.Format switch
            {
                WebhookFormat.Email => () => _mail.SendAsync(alert, abort),
                WebhookFormat.Slack => () => _client.PostAsync(AlertPosts.Slack(alert), abort),
                _ => () => _client.PostAsync(AlertPosts.CloudEvent(record), abort),
            };
        }

        for (int failures = 0; ;)
        {
            WebhookAnswer answer = await post().ConfigureAwait(false);
            if (answer.Outcome == WebhookOutcome.Taken)
            {
                _around.Metrics.WebhookDelivered(Owner, Webhook.Name);
                if (failures > 0) _around.Logger.WebhookWorksAgain(Owner, Webhook.Name);
                if (Webhook.Format == WebhookFormat.Slack) await Task.Delay(SlackPace, _around.Time, stop).ConfigureAwait(false);
                return true;
            }

            if (answer.Outcome == WebhookOutcome.Refused || IsHopeless(record)) return await GiveUpAsync(record, answer).ConfigureAwait(false);
            TimeSpan pause = RetryPace.After(++failures, answer.After, Random.Shared.NextDouble());
            if (failures == 1) _around.Logger.WebhookFails(Owner, Webhook.Name, answer.Detail);
            await Task.Delay(pause, _around.Time, stop).ConfigureAwait(false);
        }
    }

    // A process that was down for long tries each at least for as long as one that was not.
    private bool IsHopeless(LogRecord record)
    {
        DateTimeOffset written = DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp / 1000);
        return _around.Time.GetUtcNow() - (written > _started ? written : _started) > RetryPace.GiveUp;
    }

    private async Task<bool> GiveUpAsync(LogRecord record, WebhookAnswer answer)
    {
        _around.Logger.WebhookGivesUp(Owner, Webhook.Name, answer.Detail);
        _around.Metrics.WebhookFailed(Owner, Webhook.Name);
        return await _around.GiveUp(record, answer).ConfigureAwait(false);
    }

    private bool IsDue()
    {
        if (_episodes is null) return false;
        lock (_gate) return _told && _around.Time.GetUtcNow() >= _again;
    }

    private async Task SayAllAsync(CancellationToken abort)
    {
        DateTimeOffset now = _around.Time.GetUtcNow();
        _again = now + AlertmanagerEpisodes.Again;
        WebhookRequest[] all;
        lock (_gate) all = [.. _episodes!.All(now)];
        foreach (WebhookRequest request in all)
        {
            WebhookAnswer answer = await _client.PostAsync(request, abort).ConfigureAwait(false);
            if (answer.Outcome == WebhookOutcome.Taken) continue;
            _around.Logger.WebhookFails(Owner, Webhook.Name, answer.Detail);
            return;
        }
    }

    private async Task CatchUpAsync(CancellationToken stop)
    {
        long next = Next;
        List<LogRecord> read = await _around.Read(next, MaxQueued, stop).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (LogRecord record in read)
            {
                _queue.Enqueue(record);
                _queuedBytes += record.Value?.Length ?? 0;
            }

            // What is written from here on comes by itself again.
            long reached = read.Count == 0 ? next : read[^1].Offset + 1;
            if (reached >= _newest) _missed = false;
        }

        if (read.Count == 0) await Task.Delay(ReadAgain, _around.Time, stop).ConfigureAwait(false);
    }
}
