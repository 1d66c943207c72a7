using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace DriftStream.Host.Observability;

/// <summary>Everything this process can say in its log. Ids are stable and stand in blocks: 1000 the process, 2000 the Kafka
/// client, 3000 topics, 4000 counter, 5000 judge, 6000 delivery, 7000 web.</summary>
/// <remarks>No message holds a value of a row, and none is written for each row or each good message.</remarks>
internal static partial class LogMessages
{
    [LoggerMessage(EventId = 2000, Message = "librdkafka {Client} {Facility}: {Text}")]
    public static partial void ClientSays(this ILogger logger, LogLevel level, string client, string facility, string text);

    [LoggerMessage(EventId = 2001, Message = "Kafka client: {Code}: {Reason}")]
    public static partial void ClientError(this ILogger logger, LogLevel level, ErrorCode code, string reason);

    [LoggerMessage(EventId = 2005, Message = "{Kind}: {Lines} more such lines in the last {Seconds} s; the last: {Text}")]
    public static partial void ClientSaidMore(this ILogger logger, LogLevel level, string kind, int lines, double seconds, string text);

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "watching {Models} models of {Owners} owners as {Role}; plan {Plan}")]
    public static partial void WorkerStarts(this ILogger logger, int models, int owners, string role, string plan);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Information, Message = "stopped: everything counted is written")]
    public static partial void WorkerStopped(this ILogger logger);

    [LoggerMessage(EventId = 1018, Level = LogLevel.Warning,
        Message = "{Stage} is held by the broker and was left behind after {Seconds} s: what it had not written is counted or judged again")]
    public static partial void StageHeld(this ILogger logger, string stage, double seconds);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Information, Message = "counting on the CPU ({Kernel}); no GPU, for the step '{Step}' failed: {Reason}")]
    public static partial void NoGpu(this ILogger logger, string kernel, string step, string reason);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information,
        Message = "counting on {Device} the columns that are worth it (of {Values} values by {Edges} edges, say), and on the CPU ({Kernel}) the rest")]
    public static partial void GpuCounts(this ILogger logger, string device, int values, int edges, string kernel);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Information, Message = "counting on the CPU ({Kernel}); {Device} is not faster for any column")]
    public static partial void GpuNotWorthIt(this ILogger logger, string kernel, string device);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "plan {Epoch} runs ({Hash}); it counts as plan {Counting} does")]
    public static partial void PlanRuns(this ILogger logger, long epoch, string hash, long counting);

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "{Stage} threw: this is a bug of driftstream, please report it")]
    public static partial void StageThrew(this ILogger logger, Exception why, string stage);

    [LoggerMessage(EventId = 1012, Level = LogLevel.Information, Message = "{Config} was read again ({Why}): its plan is {Hash}")]
    public static partial void ConfigRead(this ILogger logger, string config, string why, string hash);

    [LoggerMessage(EventId = 1013, Level = LogLevel.Error,
        Message = "{Config} was read again ({Why}) and refused, {Errors} errors: the plan that runs goes on")]
    public static partial void ConfigRefused(this ILogger logger, string config, string why, int errors);

    [LoggerMessage(EventId = 1014, Message = "{Finding}")]
    public static partial void ConfigFinding(this ILogger logger, LogLevel level, string finding);

    [LoggerMessage(EventId = 1015, Level = LogLevel.Warning, Message = "{Config}: changes of {Sections} take effect when the worker is started again")]
    public static partial void ConfigNeedsStart(this ILogger logger, string config, string sections);

    [LoggerMessage(EventId = 1016, Level = LogLevel.Warning,
        Message = "owner {Owner} is new and has no topic: {Detail}; driftstream topics --apply creates it, and until then its alerts are undeliverable")]
    public static partial void OwnerWithoutTopic(this ILogger logger, string owner, string detail);

    [LoggerMessage(EventId = 5005, Level = LogLevel.Error,
        Message = "a window of '{Model}' that starts at {Start} could not be judged ({Reason}); it is unjudged, and the root owner was told")]
    public static partial void WindowUnjudged(this ILogger logger, Exception? why, string model, string start, string reason);

    [LoggerMessage(EventId = 5006, Level = LogLevel.Error,
        Message = "{Topic}[{Partition}] offset {Offset} is no record that this version reads ({Bytes} bytes); the windows of what it held lack it")]
    public static partial void CountsUnreadable(this ILogger logger, string topic, int partition, long offset, int bytes);

    [LoggerMessage(EventId = 1017, Level = LogLevel.Warning,
        Message = "engine.segment is {Written} bytes in the configuration and stays {Counted}: the first plan of the plan topic fixes it")]
    public static partial void SegmentStays(this ILogger logger, long written, long counted);

    [LoggerMessage(EventId = 1019, Level = LogLevel.Information,
        Message = "'{Model}' learns its baseline from the first {First} of its rows ({Reach}); its windows are unjudged until then")]
    public static partial void BaselineIsLearned(this ILogger logger, string model, string first, string reach);

    [LoggerMessage(EventId = 1020, Level = LogLevel.Information, Message = "'{Model}' learns its baseline: {Messages} messages read")]
    public static partial void BaselineReads(this ILogger logger, string model, long messages);

    [LoggerMessage(EventId = 1021, Level = LogLevel.Information,
        Message = "'{Model}' has learned its baseline ({Hash}) from {Rows} rows of the records from {From} to {To}: {Notes}")]
    public static partial void BaselineLearned(this ILogger logger, string model, string hash, long rows, string from, string to, string notes);

    [LoggerMessage(EventId = 1022, Level = LogLevel.Warning,
        Message = "'{Model}' cannot learn its baseline yet: {Problem}; its windows are unjudged, and it is tried again")]
    public static partial void BaselineNotLearned(this ILogger logger, string model, string problem);

    [LoggerMessage(EventId = 1023, Level = LogLevel.Error,
        Message = "the plan is not published, for the learned baseline does not suit it: {Problem}; the plan that runs goes on")]
    public static partial void LearnedDoesNotSuit(this ILogger logger, string problem);

    [LoggerMessage(EventId = 1000, Level = LogLevel.Warning,
        Message = "{Stage} stopped ({Kind}): {Detail}; it starts again in {Seconds} s from what is in the log")]
    public static partial void StageFailed(this ILogger logger, string stage, string kind, string detail, double seconds);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Information, Message = "{Role} is ready: {Detail}")]
    public static partial void RoleIsReady(this ILogger logger, string role, string detail);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Warning, Message = "{Role} is not ready: {Detail}")]
    public static partial void RoleIsNotReady(this ILogger logger, string role, string detail);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "consuming: {Code}: {Reason}")]
    public static partial void ConsumeFailed(this ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Information,
        Message = "offsets not committed to the group, they will be with the next ones: {Code}: {Reason}")]
    public static partial void CommitFailed(this ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Information,
        Message = "the last flush was not acknowledged within {Patience}: what it held is counted again from the position record")]
    public static partial void LastFlushUnacknowledged(this ILogger logger, TimeSpan patience);

    [LoggerMessage(EventId = 4000, Level = LogLevel.Information, Message = "counting {Topic}[{Partition}] from offset {Offset}")]
    public static partial void PartitionTaken(this ILogger logger, string topic, int partition, long offset);

    [LoggerMessage(EventId = 4004, Level = LogLevel.Warning,
        Message = "{Topic}[{Partition}] was made again: its records are not those that were counted. All that it holds is counted from its beginning; "
            + "what the former one held that had not been read is gone, and windows that were open are incomplete")]
    public static partial void TopicMadeAgain(this ILogger logger, string topic, int partition);

    [LoggerMessage(EventId = 4001, Level = LogLevel.Information, Message = "left {Topic}[{Partition}] at offset {Offset}")]
    public static partial void PartitionLeft(this ILogger logger, string topic, int partition, long offset);

    [LoggerMessage(EventId = 4002, Level = LogLevel.Error,
        Message = "the step '{Step}' threw for the model '{Model}' at {Topic}[{Partition}] offset {Offset}: its rows there are rejected or its window "
            + "is not judged, other models are as ever; this is a bug of driftstream, please report it")]
    public static partial void CountingFailed(this ILogger logger, Exception why, string step, string model, string topic, int partition, long offset);

    [LoggerMessage(EventId = 4003, Level = LogLevel.Error,
        Message = "the step '{Step}' threw for the model '{Model}' {Times} more times in the last {Seconds} s, the last at offset {Offset}")]
    public static partial void CountingFailedMore(this ILogger logger, string step, string model, int times, double seconds, long offset);

    [LoggerMessage(EventId = 5000, Level = LogLevel.Information, Message = "judging counts[{Partition}] from offset {Offset}")]
    public static partial void CountsTaken(this ILogger logger, int partition, long offset);

    [LoggerMessage(EventId = 5010, Level = LogLevel.Information, Message = "joining joins[{Partition}] from offset {Offset}")]
    public static partial void JoinsTaken(this ILogger logger, int partition, long offset);

    [LoggerMessage(EventId = 5011, Level = LogLevel.Warning,
        Message = "joins[{Partition}]: as many ids are remembered as its share of limits.pending: it refuses rows of further ids (unjoined)")]
    public static partial void JoinsRefused(this ILogger logger, int partition);

    [LoggerMessage(EventId = 5012, Level = LogLevel.Information,
        Message = "joins[{Partition}]: fewer ids are remembered than its share of limits.pending; it takes rows of further ids again")]
    public static partial void JoinsAccepted(this ILogger logger, int partition);

    [LoggerMessage(EventId = 5013, Level = LogLevel.Warning,
        Message = "joins[{Partition}]: {Labels} labels and {Predictions} predictions of '{Model}' came when time had gone on without them, "
            + "and meet nothing: was one topic filled when the other was through, or silent for longer than labels.within?")]
    public static partial void JoinsOverdue(this ILogger logger, int partition, string model, long labels, long predictions);

    [LoggerMessage(EventId = 5014, Level = LogLevel.Information, Message = "joins[{Partition}]: {Ids} ids remembered from a snapshot at offset {Offset}")]
    public static partial void SnapshotRead(this ILogger logger, int partition, int ids, long offset);

    [LoggerMessage(EventId = 5015, Level = LogLevel.Warning,
        Message = "joins[{Partition}]: the snapshot {Path} is of no use: {Why}; what it remembers comes from the one before, or from the log")]
    public static partial void SnapshotUnusable(this ILogger logger, int partition, string path, string why);

    [LoggerMessage(EventId = 5016, Level = LogLevel.Information,
        Message = "joins[{Partition}]: a snapshot of {Ids} ids at offset {Offset}, {Bytes} bytes in {Seconds:0.0} s")]
    public static partial void SnapshotWritten(this ILogger logger, int partition, int ids, long offset, long bytes, double seconds);

    [LoggerMessage(EventId = 5017, Level = LogLevel.Warning,
        Message = "joins[{Partition}]: no snapshot could be written: {Why}; a restart folds more of the log again, and the next one is tried in {Seconds:0} s")]
    public static partial void SnapshotFailed(this ILogger logger, int partition, string why, double seconds);

    [LoggerMessage(EventId = 5018, Level = LogLevel.Information,
        Message = "joins[{Partition}]: remembering, at offset {Offset} of {Until}; {Ids} ids so far")]
    public static partial void JoinsRemembering(this ILogger logger, int partition, long offset, long until, int ids);

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning,
        Message = "counts[{Partition}]: {Rows} rows are of models that the plan has not had for a day; they are in no window")]
    public static partial void RowsDropped(this ILogger logger, int partition, long rows);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning,
        Message = "{Windows} windows are open, more than limits.open_windows ({Limit}): none is refused, and memory grows with them")]
    public static partial void ManyWindows(this ILogger logger, long windows, long limit);

    [LoggerMessage(EventId = 5007, Level = LogLevel.Error,
        Message = "sealing or closing panes of '{Model}' threw in counts[{Partition}]: its windows then are not judged, other models are as ever; "
            + "this is a bug of driftstream, please report it")]
    public static partial void ClosingFailed(this ILogger logger, Exception why, string model, int partition);

    [LoggerMessage(EventId = 5008, Level = LogLevel.Error,
        Message = "sealing or closing panes of '{Model}' threw in counts[{Partition}] {Times} more times in the last {Seconds} s")]
    public static partial void ClosingFailedMore(this ILogger logger, string model, int partition, int times, double seconds);

    [LoggerMessage(EventId = 5009, Level = LogLevel.Warning,
        Message = "counts[{Partition}]: the broker has not ended a transaction that it calls ended (KAFKA-20734); "
            + "it is rolled back, and what it held is said again")]
    public static partial void TransactionWithoutEnd(this ILogger logger, int partition);

    [LoggerMessage(EventId = 5100, Level = LogLevel.Information, Message = "keeping the desk of partition {Partition} from offset {Offset}")]
    public static partial void DeskTaken(this ILogger logger, int partition, long offset);

    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning,
        Message = "{Topic}[{Partition}] offset {Offset}: {Bytes} bytes are no record of a desk's log and are passed over")]
    public static partial void DeskUnreadable(this ILogger logger, string topic, int partition, long offset, int bytes);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Error,
        Message = "the record at offset {Offset} of the desk topic, partition {Partition}, made the desk throw and is passed over; "
            + "this is a bug of driftstream, please report it")]
    public static partial void DeskThrew(this ILogger logger, Exception why, int partition, long offset);

    [LoggerMessage(EventId = 5103, Level = LogLevel.Warning, Message = "{Topic} offset {Offset}: no answer that a desk can hear: {Why}; see the rejects topic")]
    public static partial void AnswerUnreadable(this ILogger logger, string topic, long offset, string why);

    [LoggerMessage(EventId = 6000, Level = LogLevel.Warning,
        Message = "an alert for {Owner} could not be written to {Topic} ({Kind}): {Detail}; it is in the undeliverable topic and with the root owner")]
    public static partial void Undeliverable(this ILogger logger, string owner, string topic, string kind, string detail);

    [LoggerMessage(EventId = 6001, Level = LogLevel.Error,
        Message = "an alert at offset {Offset} of {Topic}[{Partition}] made the delivery throw; it goes to the undeliverable topic and the root owner")]
    public static partial void DeliveryThrew(this ILogger logger, Exception why, string topic, int partition, long offset);

    [LoggerMessage(EventId = 6002, Level = LogLevel.Warning,
        Message = "the webhook {Webhook} of {Owner} did not take an alert: {Detail}; it is tried again, and what comes after it waits")]
    public static partial void WebhookFails(this ILogger logger, string owner, string webhook, string detail);

    [LoggerMessage(EventId = 6003, Level = LogLevel.Information, Message = "the webhook {Webhook} of {Owner} takes alerts again")]
    public static partial void WebhookWorksAgain(this ILogger logger, string owner, string webhook);

    [LoggerMessage(EventId = 6004, Level = LogLevel.Warning,
        Message = "an alert could not be posted to the webhook {Webhook} of {Owner}: {Detail}; it is in the undeliverable topic and with the root owner")]
    public static partial void WebhookGivesUp(this ILogger logger, string owner, string webhook, string detail);

    [LoggerMessage(EventId = 6005, Level = LogLevel.Information,
        Message = "{Webhooks} webhooks were still being posted to: what they take now is posted again")]
    public static partial void WebhooksHeld(this ILogger logger, int webhooks);

    [LoggerMessage(EventId = 7000, Level = LogLevel.Information, Message = "health and metrics at {Address}")]
    public static partial void WebListens(this ILogger logger, string address);

    [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "metrics are sent to {Address} by OTLP")]
    public static partial void OtlpStarts(this ILogger logger, string address);

    [LoggerMessage(EventId = 7002, Level = LogLevel.Warning, Message = "no metrics are sent by OTLP: the environment variable {Variable} is not {Expected}")]
    public static partial void OtlpRefused(this ILogger logger, string variable, string expected);

    [LoggerMessage(EventId = 7003, Level = LogLevel.Warning,
        Message = "metrics were not sent by OTLP, the worker goes on without: {Why} (the next export tries again; told every {Minutes} minutes at most)")]
    public static partial void OtlpFailed(this ILogger logger, string why, double minutes);

    [LoggerMessage(EventId = 7100, Level = LogLevel.Warning,
        Message = "web.store: {Path} cannot be used ({Why}): it is set aside as {Aside}, and what pages show is read again from the topics")]
    public static partial void StoreSetAside(this ILogger logger, string path, string why, string aside);

    [LoggerMessage(EventId = 7101, Level = LogLevel.Warning, Message = "{Topic}[{Partition}]@{Offset}: no page shows it, for it cannot be read: {Why}")]
    public static partial void NotShown(this ILogger logger, string topic, int partition, long offset, string why);

    [LoggerMessage(EventId = 7102, Level = LogLevel.Information, Message = "pages show {Records} records, read in {Seconds} s")]
    public static partial void PagesShow(this ILogger logger, long records, double seconds);

    [LoggerMessage(EventId = 7103, Level = LogLevel.Information, Message = "pages for people at {Address}, for {Readers}")]
    public static partial void PagesListen(this ILogger logger, string address, string readers);

    [LoggerMessage(EventId = 7104, Level = LogLevel.Information,
        Message = "no pages for people: {Address} is reached by others, and web.read does not say who may read them")]
    public static partial void PagesOff(this ILogger logger, string address);

    [LoggerMessage(EventId = 7105, Level = LogLevel.Error, Message = "the page {Path} failed")]
    public static partial void PageFailed(this ILogger logger, Exception why, string path);

    [LoggerMessage(EventId = 7106, Level = LogLevel.Information, Message = "pages are served with the certificate of {Subject}, which is valid until {Until}")]
    public static partial void CertificateUsed(this ILogger logger, string subject, string until);

    [LoggerMessage(EventId = 7107, Level = LogLevel.Error, Message = "{Why}: {ToDo}")]
    public static partial void CertificateBad(this ILogger logger, string why, string toDo);

    [LoggerMessage(EventId = 7109, Level = LogLevel.Information, Message = "pages at {Address}")]
    public static partial void PagesAt(this ILogger logger, string address);

    [LoggerMessage(EventId = 7108, Level = LogLevel.Error,
        Message = "the certificate of pages has changed and is not used, the former one goes on: {Why}: {ToDo}")]
    public static partial void CertificateKept(this ILogger logger, string why, string toDo);
}
