using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Frames;

/// <summary>
/// How ids of rows are named outside the worker that read them: the first 128 bits of an HMAC-SHA256 of model and id, whose key is a secret of the
/// deployment. So an id cannot be guessed from its name by trying all ids, and ids of one value have other names in other models.
/// </summary>
public static class RowId
{
    /// <summary>The name of a row.</summary>
    /// <param name="secret">The deployment's, the same on every worker; at least 16 bytes.</param>
    /// <param name="model">The model's id.</param>
    /// <param name="id">The row's, as bytes that are the same whichever format it came in.</param>
    public static UInt128 Of(ReadOnlySpan<byte> secret, string model, ReadOnlySpan<byte> id)
    {
        int length = Encoding.UTF8.GetByteCount(model);
        Span<byte> text = length + id.Length <= 512 ? stackalloc byte[sizeof(int) + length + id.Length] : new byte[sizeof(int) + length + id.Length];
        // With its length, so that no model and id run into each other as another pair does.
        BinaryPrimitives.WriteInt32LittleEndian(text, length);
        Encoding.UTF8.GetBytes(model, text[sizeof(int)..]);
        id.CopyTo(text[(sizeof(int) + length)..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, text, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <summary>Which partition of <c>joins</c> brings a prediction and its labels together.</summary>
    public static int Partition(UInt128 id, int partitions) => (int)(id % (UInt128)partitions);
}
