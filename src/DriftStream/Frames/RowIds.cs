using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Frames;

/// <summary>
/// How ids of one model's rows are named outside the worker that read them: SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012), whose key is made of the
/// model and a secret of the deployment. So nobody finds an id by trying all of them, and one id has another name in another model.
/// </summary>
public sealed class RowIds
{
    private readonly ulong _low, _high;

    /// <param name="secret">The deployment's, the same on every worker; at least 16 bytes that nobody can guess.</param>
    /// <param name="model">The model's id.</param>
    public RowIds(ReadOnlySpan<byte> secret, string model)
        : this(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(model)).AsSpan(0, 16))
    {
    }

    private RowIds(ReadOnlySpan<byte> key) =>
        (_low, _high) = (BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));

    /// <summary>Which partition of <c>joins</c> brings a prediction and its labels together.</summary>
    public static int Partition(UInt128 id, int partitions) => (int)(id % (UInt128)partitions);

    /// <summary>The name of a row.</summary>
    /// <param name="id">Its id, as bytes that are the same whichever format it came in.</param>
    public UInt128 Of(ReadOnlySpan<byte> id)
    {
        var state = new State(_low, _high);
        int length = id.Length;
        for (; id.Length >= sizeof(ulong); id = id[sizeof(ulong)..]) state.Take(BinaryPrimitives.ReadUInt64LittleEndian(id));
        ulong last = (ulong)length << 56;
        for (int i = 0; i < id.Length; i++) last |= (ulong)id[i] << (8 * i);
        state.Take(last);
        return state.End();
    }

    private struct State(ulong low, ulong high)
    {
        private ulong _a = low ^ 0x736F6D6570736575, _b = high ^ 0x646F72616E646F6D ^ 0xEE, _c = low ^ 0x6C7967656E657261, _d = high ^ 0x7465646279746573;

        public void Take(ulong word)
        {
            _d ^= word;
            Round();
            Round();
            _a ^= word;
        }

        public UInt128 End()
        {
            _c ^= 0xEE;
            ulong first = Mix();
            _b ^= 0xDD;
            return new UInt128(Mix(), first);
        }

        private ulong Mix()
        {
            for (int i = 0; i < 4; i++) Round();
            return _a ^ _b ^ _c ^ _d;
        }

        private void Round()
        {
            _a += _b;
            _c += _d;
            _b = BitOperations.RotateLeft(_b, 13) ^ _a;
            _d = BitOperations.RotateLeft(_d, 16) ^ _c;
            _a = BitOperations.RotateLeft(_a, 32) + _d;
            _c += _b;
            _d = BitOperations.RotateLeft(_d, 21) ^ _a;
            _b = BitOperations.RotateLeft(_b, 17) ^ _c;
            _c = BitOperations.RotateLeft(_c, 32);
        }
    }
}
