using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads single values: null where one cannot be read, and a finding says why.</summary>
internal sealed class ConfigValues(FindingList findings)
{
    public string? Text(ConfigNode node, string path)
    {
        if (node.IsBroken) return null;
        if (node.Kind == ConfigKind.Text && !node.IsEmpty && node.Text.Length > 0) return node.Text;
        findings.Error(node, "wrong_kind", $"{path} is {node.Described}", "text");
        return null;
    }

    public Duration? Duration(ConfigNode node, string path, long least, long most)
    {
        if (Scalar(node, path, "a duration") is not { } text) return null;
        if (!Quantity.TryDuration(text, out long value))
        {
            bool bare = Quantity.TryWhole(text, out _);
            Bad(node, "bad_duration", $"{path}: {node.Described} is not a duration",
                "a whole number and ms, s, m, h or d: 30s, 5m, 7d",
                bare ? $"{node.Written}s or {node.Written}m?" : null);
            return null;
        }

        if (value >= least && value <= most) return new Duration(value);
        Bad(node, "out_of_range", $"{path}: {node.Described} is out of range", $"{Quantity.Duration(least)} to {Quantity.Duration(most)}");
        return null;
    }

    public long? Size(ConfigNode node, string path, long least, long most)
    {
        if (Scalar(node, path, "a size") is not { } text) return null;
        if (!Quantity.TrySize(text, out long value))
        {
            return Bad(node, "bad_size", $"{path}: {node.Described} is not a size", "a whole number and B, KiB, MiB or GiB: 64KiB, 8MiB",
                text.EndsWith('B') ? "KiB is 1024 bytes; KB and MB are ambiguous" : null);
        }

        if (value >= least && value <= most) return value;
        return Bad(node, "out_of_range", $"{path}: {node.Described} is out of range", $"{Quantity.Size(least)} to {Quantity.Size(most)}");
    }

    public double? Rate(ConfigNode node, string path, double least, double most)
    {
        if (Scalar(node, path, "a number or a rate") is not { } text) return null;
        if (!Quantity.TryRate(text, out double value))
        {
            findings.Error(node, "bad_rate", $"{path}: {node.Described} is not a number", "0.05 or 5%");
            return null;
        }

        if (value >= least && value <= most) return value;
        string range = double.IsFinite(most) ? $"{Quantity.Rate(least)} to {Quantity.Rate(most)}" : $"at least {Quantity.Rate(least)}";
        findings.Error(node, "out_of_range", $"{path}: {node.Described} is out of range", range,
            value > 1 && most <= 1 && value <= 100 && !text.EndsWith('%') ? $"{node.Written}%?" : null);
        return null;
    }

    public long? Whole(ConfigNode node, string path, long least, long most)
    {
        if (Scalar(node, path, "a whole number") is not { } text) return null;
        if (!Quantity.TryWhole(text, out long value))
            return Bad(node, "bad_number", $"{path}: {node.Described} is not a whole number", $"{Digits(least)} to {Digits(most)}");
        if (value >= least && value <= most) return value;
        return Bad(node, "out_of_range", $"{path}: {node.Described} is out of range", $"{Digits(least)} to {Digits(most)}");
    }

    public DateOnly? Date(ConfigNode node, string path)
    {
        if (Scalar(node, path, HoursText.DateExpected) is not { } text) return null;
        if (HoursText.TryDate(text, out DateOnly date)) return date;
        findings.Error(node, "bad_date", $"{path}: {node.Described} is not a date", HoursText.DateExpected);
        return null;
    }

    public const string ZoneExpected = "a zone of the IANA database: Europe/Berlin";

    public Zone? Zone(ConfigNode node, string path)
    {
        if (Scalar(node, path, ZoneExpected) is not { } id) return null;
        if (Time.Zone.TryFind(id, out Zone? zone)) return zone;
        findings.Error(node, "unknown_zone", $"{path}: there is no zone {node.Described}", ZoneExpected, Spelling.Hint(id, Time.Zone.Ids));
        return null;
    }

    public T Choice<T>(ConfigNode node, string path, T otherwise, ReadOnlySpan<(string Word, T Value)> choices)
    {
        var words = new List<string>();
        foreach ((string word, T value) in choices)
        {
            if (node.Kind == ConfigKind.Text && node.Text == word) return value;
            words.Add(word);
        }

        if (!node.IsBroken)
        {
            findings.Error(node, "bad_choice", $"{path} is {node.Described}", string.Join(", ", words),
                node.Kind == ConfigKind.Text ? Spelling.Hint(node.Text, words) : null);
        }

        return otherwise;
    }

    public ImmutableArray<ConfigNode> List(ConfigNode node, string path)
    {
        if (node.Kind == ConfigKind.List) return node.Items;
        if (!node.IsBroken)
            findings.Error(node, "wrong_kind", $"{path} is {node.Described}", "a list", "[a, b], or a line with '- ' for each");
        return [];
    }

    private string? Scalar(ConfigNode node, string path, string expected)
    {
        if (node.IsBroken) return null;
        if (node.Kind == ConfigKind.Text) return node.Text;
        findings.Error(node, "wrong_kind", $"{path} is {node.Described}", expected);
        return null;
    }

    private long? Bad(ConfigNode node, string code, string message, string expected, string? hint = null)
    {
        findings.Error(node, code, message, expected, hint);
        return null;
    }

    private static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);
}
