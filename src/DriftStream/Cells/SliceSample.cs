using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using DriftStream.Batches;

namespace DriftStream.Cells;

/// <summary>Rows of the reference by the values of some columns, until it is known which of them are slices.</summary>
internal sealed class SliceSample(ImmutableArray<string> columns)
{
    /// <summary>Columns with more values than this identify rows.</summary>
    private const int MostValues = 65_535;

    private const int LongestText = 1024;

    /// <summary>Stands between values while they are counted; rows that hold it are in no slice.</summary>
    private const byte Separator = 0x1F;

    private readonly Dictionary<byte[], long> _rows = new(Utf8Comparer.Instance);
    private readonly byte[] _text = new byte[columns.Length * (LongestText + 1)];

    /// <summary>What they are called together.</summary>
    public string Name { get; } = BaselineBuilder.GroupName(columns);

    public ImmutableArray<string> Columns { get; } = columns;

    public bool TooManyValues => _rows.Count > MostValues;

    /// <summary>
    /// The least rows of a slice in a reference of <paramref name="rows"/>: a hundredth, and 100. Fewer could not be compared with a window, and so there
    /// are at most 100 slices.
    /// </summary>
    public static long LeastRows(long rows) => Math.Max(100, (rows + 99) / 100);

    public void Add(Batch batch)
    {
        Column[] found = [.. Columns.Select(c => batch.Find(c)!)];
        var known = _rows.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (int row = 0; row < batch.Rows && !TooManyValues; row++)
        {
            int length = Text(found, row);
            if (length < 0) continue;
            known.TryGetValue(_text.AsSpan(0, length), out long rows);
            known[_text.AsSpan(0, length)] = rows + 1;
        }
    }

    /// <summary>The values of each slice, in ordinal order: those with rows enough.</summary>
    public ImmutableArray<ImmutableArray<string>> Slices(long rows) =>
    [
        .. _rows.Where(r => r.Value >= LeastRows(rows))
            .Select(r => Encoding.UTF8.GetString(r.Key))
            .Order(StringComparer.Ordinal)
            .Select(text => text.Split((char)Separator).ToImmutableArray()),
    ];

    // -1 where a value is missing, or is none that could be told apart later.
    private int Text(Column[] found, int row)
    {
        int length = 0;
        for (int i = 0; i < found.Length; i++)
        {
            if (!CategoryText.HasValue(found[i], row)) return -1;
            if (found[i].Type.IsText && ColumnText.Utf8(found[i], row).Length > LongestText) return -1;
            if (i > 0) _text[length++] = Separator;
            int copied = CategoryText.Copy(found[i], row, _text.AsSpan(length, LongestText));
            Span<byte> value = _text.AsSpan(length, copied);
            if (value.Contains(Separator) || !Utf8.IsValid(value)) return -1;
            length += copied;
        }

        return length;
    }
}
