using System.Text;
using System.Text.Json.Nodes;
using DriftStream.Host.Answering;
using DriftStream.Host.History;
using DriftStream.Host.Kafka;
using DriftStream.Plan;
using DriftStream.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Pages;

/// <summary>Writes what somebody answers on a page into the topic of their owner, as <c>driftstream ack</c> does, and waits for the desk's reply.</summary>
internal sealed class PageAnswers(Func<DriftPlan> plan, TimeProvider time, ILogger logger) : IDisposable
{
    private const int LongestNote = 500;

    // Each holds a connection to the broker and a thread until the desk has replied.
    private readonly SemaphoreSlim _few = new(4);

    /// <param name="episode">What is answered.</param>
    /// <param name="owner">For whom; the reader may.</param>
    /// <param name="by">Who, as the proxy names them.</param>
    /// <param name="form">The fields of the page's form.</param>
    /// <returns>What came of it, in one sentence.</returns>
    public async Task<string> Give(KnownEpisode episode, string owner, string by, IFormCollection form, CancellationToken cancel)
    {
        if (Answer(episode, by, form) is not { } answer) return "Nothing was answered: the form lacks what it needs.";
        (DeskReply? reply, string unknown) = await Say(owner, answer, cancel).ConfigureAwait(false);
        return reply is not null ? $"{Done(reply.Outcome)} {reply.Why}" : unknown;
    }

    /// <summary>Writes an answer into the topic of an owner, and waits for the desk's reply.</summary>
    /// <returns>The reply or, where there is none, in one sentence what is known.</returns>
    public async Task<(DeskReply? Reply, string Unknown)> Say(string owner, JsonObject answer, CancellationToken cancel)
    {
        if (!await _few.WaitAsync(TimeSpan.FromSeconds(5), cancel).ConfigureAwait(false))
            return (null, "Nothing was answered: too many answers wait for their replies. Try again.");
        try
        {
            string id = (string)answer["id"]!;
            byte[] json = Encoding.UTF8.GetBytes(answer.ToJsonString());
            KafkaFailure? failure = null;
            DeskReply? reply = await Task.Run(() => AnswerCall.Send(plan(), owner, id, json, logger, out failure, cancel), cancel).ConfigureAwait(false);
            return (reply, failure is not null ? $"It is not known whether that was heard: {failure.Detail}"
                : $"Written as {id}; the desk has not replied within {AnswerCall.Patience.TotalSeconds:0} s.");
        }
        finally
        {
            _few.Release();
        }
    }

    public void Dispose() => _few.Dispose();

    private static string Done(string outcome) => outcome switch
    {
        "done" => "Done:",
        "outdated" => "Not done, it has become worse since this page was made:",
        "resolved" => "Not done, it is over:",
        _ => $"Not done ({outcome}):",
    };

    private JsonObject? Answer(KnownEpisode episode, string by, IFormCollection form)
    {
        string kind = form["kind"].ToString(), note = form["note"].ToString().Trim();
        if (note.Length > LongestNote) return null;
        int days = int.TryParse(form["days"], out int asked) ? asked : 0;
        EventTime until = new(EventTime.From(time.GetUtcNow().UtcDateTime) + (days * EventTime.Day));
        var answer = new JsonObject { ["id"] = Guid.NewGuid().ToString("N"), ["kind"] = kind, ["model"] = episode.Model, ["by"] = by, ["via"] = "web" };
        switch (kind)
        {
            case "acknowledge" when days is >= 1 and <= 30 && int.TryParse(form["revision"], out int revision):
                (answer["episode"], answer["revision"], answer["until"]) = (episode.Id, revision, EventTime.Format(until));
                if (note.Length > 0) answer["note"] = note;
                return answer;
            case "silence" when days is >= 1 and <= 90 && note.Length > 0:
                (answer["until"], answer["reason"]) = (EventTime.Format(until), note);
                if (form["signal"] is [{ Length: > 0 } signal]) answer["signal"] = signal;
                return answer;
            case "decide" when note.Length > 0:
                (answer["episode"], answer["note"]) = (episode.Id, note);
                return answer;
            default:
                return null;
        }
    }
}
