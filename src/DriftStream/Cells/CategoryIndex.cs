using System.Buffers.Text;
using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>From the UTF-8 text of a category to its code, without making a string. Immutable.</summary>
internal sealed class CategoryIndex
{
    /// <summary>Integers from 0 to one less than this have their codes at hand without being written as text: flags, ages, counts.</summary>
    private const int SmallIntegers = 256;

    private readonly int[] _small = new int[SmallIntegers];
    private readonly Dictionary<byte[], int> _codes = new(Utf8Comparer.Instance);
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

    /// <summary>The index of a <see cref="BinaryColumn"/>: code 0 is "yes". A bool's <c>true</c> is "yes" where "1" is.</summary>
    public CategoryIndex(BinaryColumn column)
        : this([column.Positive])
    {
        if (column.Positive == "1") _codes.Add("true"u8.ToArray(), 0);
    }

    /// <summary>The code of a text that is no category; the code of a null is one more.</summary>
    public int Unseen { get; }

    public int Missing => Unseen + 1;

    /// <summary>The code of a number that is a small integer, of whatever type; false for any other number.</summary>
    public bool TryCodeOf(double value, out int code)
    {
        int whole = (int)value;
        bool small = whole == value && (uint)whole < SmallIntegers;
        code = small ? _small[whole] : 0;
        return small;
    }

    public int CodeOf(ReadOnlySpan<byte> text) => _lookup.TryGetValue(text, out int code) ? code : Unseen;
}
