using System.Text;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>From the UTF-8 text of a category to its code, without making a string. Immutable.</summary>
internal sealed class CategoryIndex
{
    private readonly Dictionary<byte[], int> _codes = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public CategoryIndex(IReadOnlyList<string> categories)
    {
        for (int i = 0; i < categories.Count; i++) _codes.Add(Encoding.UTF8.GetBytes(categories[i]), i);
        _lookup = _codes.GetAlternateLookup<ReadOnlySpan<byte>>();
        Unseen = categories.Count;
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

    public int CodeOf(ReadOnlySpan<byte> text) => _lookup.TryGetValue(text, out int code) ? code : Unseen;
}
