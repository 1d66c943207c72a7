using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace DriftStream.Cells;

/// <summary>From the UTF-8 text of a category to its code, without making a string. Immutable.</summary>
internal sealed class CategoryIndex
{
    /// <summary>Integers from 0 whose codes are at hand without writing them as text: flags, ages, counts.</summary>
    private const int SmallIntegers = 256;

    private readonly int[] _small = new int[SmallIntegers];
    private readonly Dictionary<byte[], int> _codes = new(Utf8.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public CategoryIndex(IReadOnlyList<string> categories)
    {
        for (int i = 0; i < categories.Count; i++) _codes.Add(Encoding.UTF8.GetBytes(categories[i]), i);
        _lookup = _codes.GetAlternateLookup<ReadOnlySpan<byte>>();
        Unseen = categories.Count;
        Span<byte> digits = stackalloc byte[3];
        for (int i = 0; i < SmallIntegers; i++)
        {
            Utf8Formatter.TryFormat(i, digits, out int length);
            _small[i] = CodeOf(digits[..length]);
        }
    }

    /// <summary>The index of a <see cref="BinaryColumn"/>: code 0 is "yes". A bool's <c>true</c> is the "yes" of "1".</summary>
    public CategoryIndex(BinaryColumn column)
        : this([column.Positive])
    {
        if (column.Positive == "1") _codes.Add("true"u8.ToArray(), 0);
    }

    /// <summary>The code of a text that no category has; one more is the code of a null.</summary>
    public int Unseen { get; }

    public int Missing => Unseen + 1;

    /// <summary>The code of a number that is a small integer, of whatever type; false for any other.</summary>
    public bool TryCodeOf(double value, out int code)
    {
        int whole = (int)value;
        bool small = whole == value && (uint)whole < SmallIntegers;
        code = small ? _small[whole] : 0;
        return small;
    }

    public int CodeOf(ReadOnlySpan<byte> text) => _lookup.TryGetValue(text, out int code) ? code : Unseen;

    private sealed class Utf8 : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8 Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] text) => GetHashCode(text.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        // Only categories of the baseline are ever in the dictionary, so nobody can fill a chain from outside: a fast hash will do.
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
}
