namespace DriftStream.Batches;

/// <summary>placeholder until the reader branch lands</summary>
public sealed class ArrowMessageReader(InputLimits limits)
{
    public InputLimits Limits { get; } = limits;

    public ReadOnlySpan<Batch> Batches => Limits.Rows < 0 ? throw new InvalidOperationException() : default;

    public Reject? Read(ReadOnlyMemory<byte> message) => new(RejectReason.NotArrow, Limits.ToString());
}
