using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace DriftStream.Time;

/// <summary>
/// How long somebody has to answer, in hours or in days. The unit is part of it: for who keeps working hours <c>8h</c> are eight of them, and
/// <c>1d</c> is one working day, however long that is.
/// </summary>
/// <param name="Amount">How many hours or days; not negative.</param>
/// <param name="InDays">Days; otherwise hours.</param>
[JsonConverter(typeof(ResponseTimeJson))]
public readonly record struct ResponseTime(int Amount, bool InDays)
{
    /// <summary>The most that can be written: ten years.</summary>
    public const int MostDays = 3650, MostHours = 24 * MostDays;

    /// <summary>That many hours.</summary>
    public static ResponseTime Hours(int amount) => new(amount, false);

    /// <summary>That many days.</summary>
    public static ResponseTime Days(int amount) => new(amount, true);

    /// <summary>Round the clock, where nobody keeps hours: days have 24 hours.</summary>
    public Duration RoundTheClock => InDays ? Duration.FromDays(Amount) : Duration.FromHours(Amount);

    /// <summary>Reads <c>4h</c> or <c>1d</c>; false for everything else, and for more than ten years.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ResponseTime time)
    {
        time = default;
        if (text is not [.., 'h' or 'd']) return false;
        bool days = text[^1] == 'd';
        if (!int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int amount)) return false;
        time = new ResponseTime(amount, days);
        return amount <= (days ? MostDays : MostHours);
    }

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount}{(InDays ? 'd' : 'h')}");
}
