using System.Globalization;
using System.Text;
using DriftStream.Time;

namespace DriftStream.Host.Pages;

/// <summary>The addresses of pages. Ids stand in the query, since an id of a model that nobody registered may hold any character.</summary>
internal static class Places
{
    public const string Fleet = "/", OwnerPath = "/owner", ModelPath = "/model", EpisodePath = "/episode";

    public static string Owner(string id) => Query(OwnerPath, ("id", id));

    public static string Episode(string id) => Query(EpisodePath, ("id", id));

    public static string Model(string id) => Query(ModelPath, ("id", id));

    /// <summary>A window of a model and, where one is named, a signal in it.</summary>
    public static string Model(string id, string window, EventTime end, string? signal) =>
        Query(ModelPath, ("id", id), ("window", window), ("at", EventTime.Format(end)), ("signal", signal));

    /// <summary>An address with those values that are not null.</summary>
    public static string Query(string path, params ReadOnlySpan<(string Key, string? Value)> values)
    {
        var text = new StringBuilder(path);
        char before = '?';
        foreach ((string key, string? value) in values)
        {
            if (value is null) continue;
            text.Append(before).Append(key).Append('=').Append(Uri.EscapeDataString(value.Normalized()));
            before = '&';
        }

        return text.ToString();
    }

    public static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Half a character cannot be in an address.
    private static string Normalized(this string text)
    {
        if (!text.Any(char.IsSurrogate)) return text;
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>What is looked at on the page of a model: everything that its address says.</summary>
/// <param name="Window">The name of the windows; null for the shortest.</param>
/// <param name="To">The last window of the strip; null for the newest.</param>
/// <param name="Count">How many windows the strip has.</param>
/// <param name="At">The end of the window that is shown; null for the last one.</param>
/// <param name="Signal">What is shown of it; null for what has changed most.</param>
/// <param name="Version">Of which version; null for all.</param>
/// <param name="AllRows">Also signals in which nothing happened, of a model with many.</param>
public sealed record ModelQuery(string Id, string? Window, EventTime? To, int Count, EventTime? At, string? Signal, string? Version, bool AllRows)
{
    /// <summary>How many windows a strip may have: as many as can be pointed at, a quarter, a year.</summary>
    public static readonly int[] Counts = [30, 90, 365];

    public string Address => Places.Query(Places.ModelPath, ("id", Id), ("window", Window), ("to", Of(To)),
        ("n", Count == Counts[0] ? null : Places.Digits(Count)),
        ("at", Of(At)), ("signal", Signal), ("version", Version), ("rows", AllRows ? "all" : null));

    private static string? Of(EventTime? time) => time is { } known ? EventTime.Format(known) : null;
}
