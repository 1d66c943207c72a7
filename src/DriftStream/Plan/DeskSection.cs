using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>desk:</c>: how often owners are told, and how soon they have to answer.</summary>
internal static class DeskSection
{
    public const string Key = "desk";

    public static DeskSettings Read(ConfigMap desk)
    {
        DeskSettings otherwise = DeskSettings.Default;
        ConfigMap respond = desk.Map("respond");
        var settings = new DeskSettings(
            desk.Duration("update", otherwise.Update, EventTime.Second, EventTime.Day),
            desk.Duration("repeat", otherwise.Repeat, EventTime.Minute),
            Respond(respond, "critical", otherwise.Critical),
            Respond(respond, "warning", otherwise.Warning),
            Respond(respond, "info", otherwise.Info));
        respond.Close();
        desk.Close();
        return settings;
    }

    private static ResponseTime Respond(ConfigMap map, string key, ResponseTime otherwise)
    {
        if (map.Find(key) is not { } at || map.Values.Text(at, map.Of(key)) is not { } text) return otherwise;
        if (ResponseTime.TryParse(text, out ResponseTime time) && time.Amount > 0) return time;
        map.Findings.Error(at, "bad_duration", $"{map.Of(key)}: {at.Described} is no time to answer in",
            "whole hours or days, at most ten years: 4h, 1d", "of an owner with hours, 1d is one working day");
        return otherwise;
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, DeskSettings desk)
    {
        yaml.Open(Key);
        yaml.Line("update", Quantity.Duration(desk.Update));
        yaml.Line("repeat", Quantity.Duration(desk.Repeat));
        yaml.Open("respond");
        yaml.Line("critical", desk.Critical.ToString());
        yaml.Line("warning", desk.Warning.ToString());
        yaml.Line("info", desk.Info.ToString());
        yaml.Close();
        yaml.Close();
    }
}
