using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>Compares UTF-8 texts byte by byte, so that they are found in a dictionary without making a string of them.</summary>
/// <remarks>
/// The hash is fast and the same in every process. It is for dictionaries of names that the configuration and the baselines give: a
/// producer could fill a dictionary of its own texts with texts that all have one hash.
/// </remarks>
internal sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly Utf8Comparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] text) => GetHashCode(text.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> text)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)text.Length * Odd;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..]) hash = Mix(hash ^ MemoryMarshal.Read<ulong>(text));
        ulong last = 0;
        foreach (byte b in text) last = (last << 8) | b;
        return (int)(Mix(hash ^ last) >> 32);

        static ulong Mix(ulong bits) => BitOperations.RotateLeft(bits * Odd, 29) * Odd;
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
