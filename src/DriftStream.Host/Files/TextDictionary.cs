using System.Text;
using DriftStream.Batches;

namespace DriftStream.Host.Files;

/// <summary>The distinct texts of a column in the order of their first rows; grows from batch to batch.</summary>
internal sealed class TextDictionary
{
    // Far from the versions that message readers count up from 0: a look-up may outlive the file that it was made for.
    private static long s_lastVersion = long.MinValue / 2;

    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private Column _column = Columns.Text([]);
    private long _version = Interlocked.Increment(ref s_lastVersion);
    private char[] _characters = new char[256];

    public int Code(ReadOnlySpan<char> text)
    {
        if (_codes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out int code)) return code;
        string added = text.ToString();
        _codes.Add(added, _texts.Count);
        _texts.Add(added);
        return _texts.Count - 1;
    }

    public int Code(ReadOnlySpan<byte> utf8)
    {
        if (_characters.Length < utf8.Length) _characters = new char[Math.Max(utf8.Length, 2 * _characters.Length)];
        return Code(_characters.AsSpan(0, Encoding.UTF8.GetChars(utf8, _characters)));
    }

    /// <summary>The column of codes that <see cref="Code(ReadOnlySpan{char})"/> gave; -1 is null.</summary>
    public Column Column(ReadOnlySpan<int> codes)
    {
        if (_column.Rows < _texts.Count)
        {
            _column = Columns.Text(_texts.ToArray());
            _version = Interlocked.Increment(ref s_lastVersion);
        }

        return Columns.Categories(codes, _column, _version);
    }
}
