using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Desk;

/// <summary>A record of the log of one desk: everything that reaches an owner's desk, in one order.</summary>
public interface IDeskRecord;

/// <summary>What a judge said of a window.</summary>
/// <param name="Window">The window, with all that speaks.</param>
public sealed record WindowJudged(WindowRecord Window) : IDeskRecord;

/// <summary>What somebody said in a topic of answers, copied from there.</summary>
/// <param name="Source">Where it was said.</param>
/// <param name="Owner">The owner whose topic that is: who may write there speaks for it.</param>
/// <param name="Said">When it was said: the time at which the broker appended it there.</param>
/// <param name="Answer">What was said.</param>
/// <param name="Replies">Whether this desk replies: an answer that concerns every desk is replied to by one of them.</param>
public sealed record AnswerHeard(AnswerPlace Source, string Owner, EventTime Said, Answer Answer, bool Replies) : IDeskRecord;

/// <summary>Where an answer stands.</summary>
/// <param name="Topic">Its topic; one that was made again has another name here, for its offsets begin anew.</param>
/// <param name="Offset">Its offset there.</param>
public readonly record struct AnswerPlace(string Topic, long Offset);

/// <summary>A moment before which every answer has been heard: all that was said before it stands above this record.</summary>
/// <param name="Upto">The moment.</param>
public sealed record TimeHeard(EventTime Upto) : IDeskRecord;

/// <summary>A plan that runs from here on, unless the log has named a newer one.</summary>
/// <param name="Epoch">Its offset in the plan topic.</param>
/// <param name="Hash">Its hash.</param>
public sealed record PlanHeard(long Epoch, string Hash) : IDeskRecord;
