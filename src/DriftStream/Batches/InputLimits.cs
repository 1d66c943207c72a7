namespace DriftStream.Batches;

/// <summary>What one message may cost. A message beyond a limit is rejected, and the reject names the limit.</summary>
/// <param name="MessageBytes">Bytes of one message.</param>
/// <param name="Columns">Columns of a schema.</param>
/// <param name="Rows">Rows of one message, over all its batches.</param>
/// <param name="DecompressedBytes">Bytes of one message after its buffers are decompressed.</param>
public sealed record InputLimits(
    int MessageBytes = 8 << 20,
    int Columns = 4096,
    int Rows = 1_000_000,
    int DecompressedBytes = 64 << 20);
