using System.Collections.Immutable;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>Reads <c>window:</c>, one mapping or a list of them.</summary>
internal static class WindowSection
{
    public static Duration DefaultSize => Duration.FromDays(1);
    public const long DefaultMinRows = 500;

    public static ImmutableArray<WindowSettings> Default { get; } =
        [new WindowSettings(Quantity.Duration(DefaultSize), DefaultSize, DefaultSize, Duration.Zero, DefaultMinRows)];

    public static ImmutableArray<WindowSettings> Read(ConfigMap model, ImmutableArray<WindowSettings> otherwise)
    {
        if (model.Find("window") is not { } node) return otherwise;
        bool several = node.Kind == ConfigKind.List;
        ImmutableArray<ConfigNode> items = several ? node.Items : [node];
        var windows = ImmutableArray.CreateBuilder<WindowSettings>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < items.Length; i++)
        {
            var map = new ConfigMap(items[i], several ? $"{model.Of("window")}[{i}]" : model.Of("window"), model.Findings);
            if (!map.IsThere || Read(map) is not { } window) continue;
            if (names.Add(window.Name)) windows.Add(window);
            else map.Findings.Error(map.At, "duplicate_id", $"{map.Path}: a second window '{window.Name}'", "a name of its own");
        }

        if (several && items.IsEmpty) model.Findings.Error(node, "no_window", $"{model.Of("window")} is empty", "at least one window");
        if (windows.Count == 0) return otherwise;
        CheckPanes(node, windows.ToImmutable(), model);
        return windows.ToImmutable();
    }

    private static WindowSettings? Read(ConfigMap map)
    {
        ConfigNode? sizeAt = map.Require("size", "a duration: 1d");
        Duration size = map.Duration("size", Duration.Zero, PlanLimits.ShortestWindow, PlanLimits.LongestWindow);
        Duration every = map.Duration("every", size, PlanLimits.ShortestWindow, PlanLimits.LongestWindow);
        Duration offset = map.Duration("offset", Duration.Zero, most: PlanLimits.LongestWindow);
        long minRows = map.Whole("min_rows", 1, long.MaxValue) ?? DefaultMinRows;
        string? name = map.Text("name");
        Duration extendTo = map.Duration("extend_to", Duration.Zero, PlanLimits.ShortestWindow, PlanLimits.LongestWindow);
        Zone? zone = map.Zone("zone");
        map.Close();
        if (sizeAt is null || size == 0) return null;
        ConfigNode everyAt = map.Find("every") ?? sizeAt;
        if (every > size || size % every != 0)
        {
            map.Findings.Error(everyAt, "bad_window",
                $"{map.Path}: a size of {Quantity.Duration(size)} is not a multiple of every {Quantity.Duration(every)}",
                "a step that divides the size", "windows are made of whole steps, else some rows would count in more windows than others");
            return null;
        }

        if (size / every > PlanLimits.Overlap)
        {
            map.Findings.Error(everyAt, "bad_window", $"{map.Path}: {size / every} windows would be open at every instant",
                $"at most {PlanLimits.Overlap}");
            return null;
        }

        if (extendTo > 0 && (every != size || extendTo % size != 0 || extendTo <= size))
        {
            string why = every != size ? "windows that overlap would share what they grow by"
                : extendTo == size ? "a window of its size does not grow" : $"it grows by whole windows of {Quantity.Duration(size)}";
            map.Findings.Error(map.Find("extend_to")!, "bad_window", $"{map.Path}: extend_to {Quantity.Duration(extendTo)} does not fit its windows",
                every != size ? "no every, or no extend_to" : "2 or more times the size", why);
            return null;
        }

        offset = new Duration(offset % every);
        if (zone is not null && !Fits(map, size, every, offset)) return null;
        return new WindowSettings(name ?? Quantity.Duration(size), size, every, offset, minRows) { ExtendTo = extendTo, Zone = zone };
    }

    // A day of a zone is a day, and an hour is the same everywhere; what six hours of a day of 23 would be nobody knows.
    private static bool Fits(ConfigMap map, Duration size, Duration every, Duration offset)
    {
        if (EventTime.Hour % size == 0) return true;
        (string key, Duration length) = size % EventTime.Day != 0 ? ("size", size) : every % EventTime.Day != 0 ? ("every", every) : ("offset", offset);
        if (length % EventTime.Day == 0) return true;
        map.Findings.Error(map.Find(key)!, "bad_window", $"{map.Of(key)}: {Quantity.Duration(length)} are no whole days, and zone: is given",
            "whole days for size, every and offset: 1d, 7d; or a size that divides an hour",
            "days of a zone may have 23 or 25 hours, which have no other parts");
        return false;
    }

    /// <summary>By whose clocks a calendar tells hours: those of the zone that windows have; null for UTC. Windows of two zones are told.</summary>
    /// <param name="windows">All windows of the model.</param>
    /// <param name="map">Has the key <c>calendar</c>.</param>
    public static Zone? CalendarZone(ImmutableArray<WindowSettings> windows, ConfigMap map)
    {
        Zone[] zones = [.. windows.Select(w => w.Zone).OfType<Zone>().Distinct()];
        if (zones.Length > 1)
        {
            string all = string.Join(" and ", zones.AsEnumerable());
            map.Findings.Error(map.Find("calendar")!, "calendar_zone", $"{map.Of("calendar")}: the windows have the zones {all}",
                "one zone, whose hours are compared");
        }

        return zones.FirstOrDefault();
    }

    private static void CheckPanes(ConfigNode at, ImmutableArray<WindowSettings> windows, ConfigMap model)
    {
        long panes = windows.Max(w => w.Longest) / Pane.Of(windows).Size;
        if (panes > PlanLimits.PanesOfWindow)
        {
            model.Findings.Error(at, "bad_window", $"{model.Of("window")}: the longest window would be made of {panes} panes",
                $"at most {PlanLimits.PanesOfWindow}", "sizes, steps and offsets with a greater common divisor");
        }
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, WindowSettings window)
    {
        yaml.OpenItem();
        yaml.Text("name", window.Name);
        yaml.Line("size", Quantity.Duration(window.Size));
        yaml.Line("every", Quantity.Duration(window.Every));
        yaml.Line("offset", Quantity.Duration(window.Offset));
        yaml.Line("min_rows", Quantity.Digits(window.MinRows));
        if (window.ExtendTo > 0) yaml.Line("extend_to", Quantity.Duration(window.ExtendTo));
        yaml.Text("zone", window.Zone?.Id);
        yaml.Close();
    }
}
