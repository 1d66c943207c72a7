using System.Globalization;
using System.Text.Json.Serialization;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>The offset of a message in its source partition. Made only by name and read as a <see cref="long"/>, as <see cref="EventTime"/> is.</summary>
/// <remarks>Offsets in our own topics are bare numbers, a plan's epoch among them, so that neither is taken for an offset in a source partition.</remarks>
/// <param name="Value">From 0.</param>
[JsonConverter(typeof(NumberJson<SourceOffset>))]
public readonly record struct SourceOffset(long Value) : IComparable<SourceOffset>, IFormattable, INumbered<SourceOffset>
{
    private const int TopicBits = 48;

    /// <summary>Before every message: what is known of a partition that nothing was heard of.</summary>
    public static SourceOffset None => new(-1);

    /// <summary>The offset that follows.</summary>
    public SourceOffset Next => new(Value + 1);

    /// <summary>
    /// How often the topic had been made again: its offsets begin at 0 each time, and those of the newer topic come after all of the former one's, so that
    /// what was counted of both has one order.
    /// </summary>
    public int Generation => Value < 0 ? 0 : (int)(Value >> TopicBits);

    /// <summary>As the broker has it, whichever topic of that name it is.</summary>
    public SourceOffset InTopic => Value < 0 ? this : new(Value & ((1L << TopicBits) - 1));

    /// <summary>The broker's offset as one of the topic that was made again so often.</summary>
    public SourceOffset In(int generation) => new(Value + ((long)generation << TopicBits));

    static SourceOffset INumbered<SourceOffset>.Of(long number) => new(number);

    long INumbered<SourceOffset>.Number => Value;

    /// <summary>The bare number.</summary>
    public static implicit operator long(SourceOffset offset) => offset.Value;

    /// <summary>The greater of two offsets.</summary>
    public static SourceOffset Max(SourceOffset left, SourceOffset right) => left.Value >= right.Value ? left : right;

    /// <summary>The bare number, as the conversion gives it.</summary>
    public long ToInt64() => Value;

    /// <inheritdoc/>
    public int CompareTo(SourceOffset other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Value.ToString(format, formatProvider);
}
