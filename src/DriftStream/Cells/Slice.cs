using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DriftStream.Cells;

/// <summary>The rows that have certain values in certain columns, such as <c>country = DE</c>.</summary>
public sealed class Slice
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="columns">At least one.</param>
    /// <param name="values">One a column.</param>
    public Slice(ImmutableArray<string> columns, ImmutableArray<string> values)
    {
        (Columns, Values) = (columns, values);
        Text = string.Join(", ", columns.Zip(values, (column, value) => $"{column} = {value}"));
        Key = Json(this);
    }

    /// <summary>The columns, in the order in which the config names them.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>The value of each column, as categories are written.</summary>
    public ImmutableArray<string> Values { get; }

    /// <summary>For people: <c>country = DE, device = ios</c>.</summary>
    public string Text { get; }

    /// <summary>Its name among subjects and in ids: the JSON object that messages show, <c>{"country":"DE"}</c>.</summary>
    public string Key { get; }

    /// <summary>Whether every row of <paramref name="other"/> is a row of this one, and that has more columns.</summary>
    public bool Holds(Slice other) => other.Columns.Length > Columns.Length
        && Columns.Select((column, i) => (At: other.Columns.IndexOf(column), Value: Values[i])).All(c => c.At >= 0 && other.Values[c.At] == c.Value);

    /// <summary>Writes the object that messages show.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        for (int i = 0; i < Columns.Length; i++) json.WriteString(Columns[i], Values[i]);
        json.WriteEndObject();
    }

    private static string Json(Slice slice)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed)) slice.Write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
