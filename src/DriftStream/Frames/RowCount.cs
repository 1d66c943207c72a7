using System.Globalization;
using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>A number of rows. Made only by name and read as a <see cref="long"/>, as <see cref="EventTime"/> is.</summary>
/// <remarks>A number of messages is a bare number, so that it is not taken for one of rows: messages hold any number of them.</remarks>
/// <param name="Value">How many; negative only in a difference.</param>
[JsonConverter(typeof(NumberJson<RowCount>))]
public readonly record struct RowCount(long Value) : IComparable<RowCount>, IFormattable, INumbered<RowCount>
{
    /// <summary>No row.</summary>
    public static RowCount Zero => default;

    static RowCount INumbered<RowCount>.Of(long number) => new(number);

    long INumbered<RowCount>.Number => Value;

    /// <summary>The bare number.</summary>
    public static implicit operator long(RowCount rows) => rows.Value;

    /// <inheritdoc cref="Add"/>
    public static RowCount operator +(RowCount left, RowCount right) => left.Add(right);

    /// <inheritdoc cref="Subtract"/>
    public static RowCount operator -(RowCount left, RowCount right) => left.Subtract(right);

    /// <summary>The greater of two numbers.</summary>
    public static RowCount Max(RowCount left, RowCount right) => left.Value >= right.Value ? left : right;

    /// <summary>All of them.</summary>
    public static RowCount Sum(IEnumerable<RowCount> counts) => new(counts.Sum(c => c.Value));

    /// <summary>Both together.</summary>
    public RowCount Add(RowCount other) => new(Value + other.Value);

    /// <summary>By how many this is more.</summary>
    public RowCount Subtract(RowCount other) => new(Value - other.Value);

    /// <summary>The bare number, as the conversion gives it.</summary>
    public long ToInt64() => Value;

    /// <inheritdoc/>
    public int CompareTo(RowCount other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Value.ToString(format, formatProvider);
}
