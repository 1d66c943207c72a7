namespace DriftStream.Host.Webhooks;

/// <summary>What a webhook answered.</summary>
public enum WebhookOutcome
{
    /// <summary>It has what was posted.</summary>
    Taken,

    /// <summary>It may take it later.</summary>
    Failed,

    /// <summary>It will never take it.</summary>
    Refused,
}

/// <param name="Detail">For people: the status and the start of the body, or why there is no answer. It holds no secret of ours.</param>
/// <param name="After">How long it asks to be left alone, or null.</param>
public sealed record WebhookAnswer(WebhookOutcome Outcome, string Detail, TimeSpan? After = null);

/// <summary>A body and its headers, to be posted.</summary>
/// <param name="Path">Added to the address.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Headers">Beside it.</param>
public sealed record WebhookRequest(string Path, byte[] Body, string ContentType, IReadOnlyList<KeyValuePair<string, string>> Headers);
