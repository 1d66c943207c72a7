using System.Collections.Immutable;

namespace DriftStream.Plan;

internal enum ConfigKind : byte { Text, Map, List }

/// <summary>A key of a mapping and its value.</summary>
internal readonly record struct ConfigEntry(ConfigNode Key, ConfigNode Value);

/// <summary>One node of a config, and where it is. YAML's typing is not used: a scalar is text until somebody asks for more.</summary>
internal sealed class ConfigNode
{
    private ConfigNode(ConfigKind kind, string file, int line, int column) => (Kind, File, Line, Column) = (kind, file, line, column);

    public ConfigKind Kind { get; }

    /// <summary>The file that it stands in, as the caller named it.</summary>
    public string File { get; }

    /// <summary>The line, from 1.</summary>
    public int Line { get; }

    /// <summary>The column, from 1.</summary>
    public int Column { get; }

    /// <summary>A scalar as it is meant: environment variables replaced.</summary>
    public string Text { get; private init; } = "";

    /// <summary>A scalar as it is written: safe to repeat in a message.</summary>
    public string Written { get; private init; } = "";

    /// <summary>A plain scalar that says nothing: <c>key:</c>, <c>~</c>, <c>null</c>.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>The node has already been reported; a reader takes the default and says no more.</summary>
    public bool IsBroken { get; private init; }

    /// <summary>Those of a mapping, in the order written; no key twice.</summary>
    public ImmutableArray<ConfigEntry> Entries { get; private init; } = [];

    /// <summary>Those of a list.</summary>
    public ImmutableArray<ConfigNode> Items { get; private init; } = [];

    public static ConfigNode Scalar(string file, int line, int column, string written, string? text, bool quoted) => new(ConfigKind.Text, file, line, column)
    {
        Written = written,
        Text = text ?? written,
        IsBroken = text is null,
        IsEmpty = !quoted && written is ("" or "~" or "null"),
    };

    public static ConfigNode Map(string file, int line, int column, ImmutableArray<ConfigEntry> entries) =>
        new(ConfigKind.Map, file, line, column) { Entries = entries };

    public static ConfigNode List(string file, int line, int column, ImmutableArray<ConfigNode> items) =>
        new(ConfigKind.List, file, line, column) { Items = items };

    /// <summary>The value of a key, or null.</summary>
    public ConfigNode? Find(string key)
    {
        foreach (ConfigEntry entry in Entries)
        {
            if (entry.Key.Text == key) return entry.Value;
        }

        return null;
    }

    /// <summary>Where it is, for a message about something in another place: <c>line 5</c>, or <c>teams/a.yaml:5</c> from another file.</summary>
    public string SeenFrom(ConfigNode other) => other.File == File ? $"line {Quantity.Digits(Line)}" : $"{File}:{Quantity.Digits(Line)}";

    /// <summary>For messages: <c>a mapping</c>, <c>a list</c>, <c>'text'</c>, <c>nothing</c>.</summary>
    public string Described => Kind switch
    {
        ConfigKind.Map => "a mapping",
        ConfigKind.List => "a list",
        _ => IsEmpty ? "nothing" : $"'{Shortened(Written)}'",
    };

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "...";
}
