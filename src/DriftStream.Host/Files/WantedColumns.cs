using System.Collections.Immutable;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Host.Files;

/// <summary>A column that a caller wants of a file.</summary>
/// <param name="Name">Its name in batches and, unless the file is JSON, in the file.</param>
/// <param name="Kind">What its values are where the format leaves that open (JSON, CSV); null where the file's values decide.</param>
/// <param name="Path">Where it lies inside a JSON row.</param>
/// <param name="Integers">The unit of integer times; null where only text is a time.</param>
internal sealed record WantedColumn(string Name, JsonKind? Kind, JsonPath Path, TimeUnit? Integers = null)
{
    /// <summary>The categories that the baseline knows, or none: CSV writes booleans and numbers in more than one way.</summary>
    public ImmutableArray<string> Categories { get; init; } = [];
}

/// <summary>What else is read of a file, besides the columns that are named.</summary>
internal enum OtherColumns : byte
{
    None,
    /// <summary>All columns; of JSON rows their own fields, as a stream reads them where no path is configured.</summary>
    Fields,
    /// <summary>All columns; of JSON rows every single value, however deep, named by its path.</summary>
    Values,
}

/// <summary>
/// The columns that a caller wants from a file, and what it knows of them. What is not wanted is not read, and so cannot be wrong.
/// </summary>
/// <param name="Stated">The columns that are named.</param>
/// <param name="Others">Which others are read.</param>
/// <param name="Except">Columns that are not read unless they are stated.</param>
internal sealed record WantedColumns(ImmutableArray<WantedColumn> Stated, OtherColumns Others, ImmutableHashSet<string> Except)
{
    /// <summary>Columns of which lists of numbers are read.</summary>
    public ImmutableHashSet<string> Lists { get; init; } = [];

    /// <summary>What the names of columns begin with that are read, too, whatever is said of others; null for none.</summary>
    public string? Prefix { get; init; }

    public static WantedColumns All { get; } = new([], OtherColumns.Values, []);

    /// <summary>Nothing; <see cref="And"/> adds to it.</summary>
    public static WantedColumns None { get; } = new([], OtherColumns.None, []);

    /// <summary>All columns, one of which is an event time.</summary>
    public static WantedColumns AllWithTime(string? time) => time is null
        ? All
        : All with { Stated = [new WantedColumn(time, JsonKind.Time, JsonPath.Field(time))] };

    /// <summary>The columns that a baseline is built from. Their roles say what they are; for features the reference's own values do.</summary>
    /// <param name="settings">Which columns are what.</param>
    /// <param name="others">How deep to look for features that the settings do not name.</param>
    public static WantedColumns Of(BaselineSettings settings, OtherColumns others = OtherColumns.Fields)
    {
        var stated = new OrderedDictionary<string, WantedColumn>(StringComparer.Ordinal);
        IEnumerable<string?> categories =
            [settings.Decision?.Column, settings.Label?.Column, .. settings.Groups.Concat(settings.Slices).SelectMany(g => g), .. settings.Categorical];
        State(settings.Time, JsonKind.Time);
        State(settings.Score, JsonKind.Number);
        foreach (string? column in categories) State(column, JsonKind.Category);
        foreach (string column in settings.Vectors.Where(v => !v.IsOfLists).SelectMany(v => v.Columns)) State(column, JsonKind.Number);
        foreach (string feature in settings.Features ?? []) State(feature, null);
        foreach (string column in settings.Paths.Keys.Where(c => settings.Features is null && !settings.NotFeatures.Contains(c))) State(column, null);
        return new WantedColumns([.. stated.Values], settings.Features is null ? others : OtherColumns.None, settings.NotFeatures)
        {
            Lists = [.. settings.Vectors.Where(v => v.IsOfLists).Select(v => v.Columns[0])],
            Prefix = settings.Attributions,
        };

        void State(string? name, JsonKind? kind)
        {
            JsonPath? path = name is null ? null : settings.Paths.GetValueOrDefault(name) ?? JsonPath.Field(name);
            if (path is not null) stated.TryAdd(name!, new WantedColumn(name!, kind, path, kind == JsonKind.Time ? settings.IntegerTime : null));
        }
    }

    /// <summary>The columns that a stream is read as, and no others.</summary>
    /// <param name="columns">The columns as a counter reads them in JSON rows.</param>
    /// <param name="signals">The baseline's.</param>
    public static WantedColumns Of(ImmutableArray<JsonColumn> columns, ImmutableArray<BaselineSignal> signals)
    {
        Dictionary<string, ImmutableArray<string>> categories = signals
            .Where(s => s.Layout.Kind == LayoutKind.Categorical)
            .ToDictionary(s => s.Name, s => s.Layout.Categories, StringComparer.Ordinal);
        return new WantedColumns(
            [.. columns.Select(c => new WantedColumn(c.Name, c.Kind, c.Path, c.Integers) { Categories = categories.GetValueOrDefault(c.Name, []) })],
            OtherColumns.None, [])
        {
            Lists = CountedColumns.ListsOf(signals),
        };
    }

    /// <summary>These, and one more; the same where it is null or there already.</summary>
    public WantedColumns And(string? name, JsonKind kind) => name is null || Stated.Any(c => c.Name == name)
        ? this
        : this with { Stated = Stated.Add(new WantedColumn(name, kind, JsonPath.Field(name))) };

    public bool Wants(string name) => Find(name) is not null || IsPrefixed(name) || (Others != OtherColumns.None && !Except.Contains(name));

    /// <summary>Whether it is read for what its name begins with.</summary>
    public bool IsPrefixed(string name) => Prefix is { } prefix && name.StartsWith(prefix, StringComparison.Ordinal);

    public WantedColumn? Find(string name) => Stated.FirstOrDefault(c => c.Name == name);
}
