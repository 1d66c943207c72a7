using System.Buffers.Binary;

namespace DriftStream.Tests.Batches;

/// <summary>Small damage to a message: flipped bits, interesting numbers, cuts, pieces of itself in other places.</summary>
internal static class Mutation
{
    private static readonly long[] Interesting =
    [
        0, 1, -1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, int.MaxValue, int.MinValue, 0x70000000, 1 << 28, uint.MaxValue,
        long.MaxValue, long.MinValue, 1L << 32, -5, 12, 13, 16, 64, 255, 1000, 4096,
    ];

    /// <summary>Where the metadata of a stream's messages lie: headers are short and decide everything.</summary>
    public static (int Start, int Length)[] Headers(byte[] stream)
    {
        List<(int, int)> headers = [];
        for (int at = 0; at + 8 <= stream.Length; at += 4)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(stream.AsSpan(at + 4));
            bool marked = BinaryPrimitives.ReadInt32LittleEndian(stream.AsSpan(at)) == -1;
            if (marked && length > 0 && length <= stream.Length - at - 8) headers.Add((at, length + 8));
        }

        return headers.Count == 0 ? [(0, Math.Min(stream.Length, 2048))] : [.. headers];
    }

    /// <summary>Damages the message in one to four places, three of four in its headers, and returns its new length.</summary>
    public static int Apply(Random random, Span<byte> message, (int Start, int Length)[] headers)
    {
        int length = message.Length;
        for (int times = random.Next(1, 5); times > 0 && length > 16; times--)
        {
            (int start, int reach) = random.Next(4) > 0 ? headers[random.Next(headers.Length)] : (0, length);
            int at = Math.Min(start + random.Next(reach), length - 1);
            switch (random.Next(10))
            {
                case 0 or 1 or 2:
                    message[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3 or 4 or 5:
                    at = Math.Min(at & ~3, length - 4);
                    BinaryPrimitives.WriteInt32LittleEndian(message[at..], (int)Interesting[random.Next(Interesting.Length)]);
                    break;
                case 6 or 7:
                    at = Math.Min(at & ~7, length - 8);
                    BinaryPrimitives.WriteInt64LittleEndian(message[at..], Interesting[random.Next(Interesting.Length)]);
                    break;
                case 8:
                    int piece = random.Next(1, Math.Min(64, length)), from = random.Next(length - piece), to = random.Next(length - piece);
                    message.Slice(from, piece).CopyTo(message[to..]);
                    break;
                default:
                    if (random.Next(8) == 0) length = random.Next(length);
                    else message[at] = (byte)random.Next(256);
                    break;
            }
        }

        return length;
    }
}
