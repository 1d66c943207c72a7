using DriftStream.Alerts;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads <c>recommend:</c>, what may be recommended to the owner of a model.</summary>
internal static class RecommendSection
{
    private const string Key = "recommend", CheckUpstream = "check_upstream", RollBack = "roll_back", Retrain = "retrain", Off = "off", On = "on";

    private const long MostBudget = 1000;

    public static RecommendSettings Read(ConfigMap model, RecommendSettings otherwise)
    {
        if (model.Find(Key) is not { } at) return otherwise;
        if (at is { Kind: ConfigKind.Text, Text: Off }) return RecommendSettings.Off;
        ConfigMap map = model.Map(Key);
        if (!map.IsThere) return otherwise;
        RecommendSettings settings = RecommendSettings.Default;
        settings = new RecommendSettings(Switch(map, CheckUpstream, settings.CheckUpstream), Switch(map, RollBack, settings.RollBack), Retraining(map));
        map.Close();
        return settings;
    }

    private static bool Switch(ConfigMap map, string key, bool otherwise) => map.Choice(key, otherwise, (On, true), (Off, false));

    private static RetrainSettings? Retraining(ConfigMap recommend)
    {
        RetrainSettings otherwise = RetrainSettings.Default;
        if (recommend.Find(Retrain) is not { } at) return otherwise;
        if (at is { Kind: ConfigKind.Text, Text: Off }) return null;
        ConfigMap map = recommend.Map(Retrain);
        Duration coolDown = map.Duration("cool_down", otherwise.CoolDown, 0, PlanLimits.LongestBudget);
        (long most, Duration per) = Budget(map) ?? (otherwise.Most, otherwise.Per);
        map.Close();
        return new RetrainSettings(coolDown, (int)most, per);
    }

    private static (long Most, Duration Per)? Budget(ConfigMap map)
    {
        if (map.Find("budget") is not { } at || map.Values.Text(at, map.Of("budget")) is not { } text) return null;
        if (Quantity.TryPace(text, out long most, out Duration per) && most <= MostBudget && per <= PlanLimits.LongestBudget) return (most, per);
        map.Findings.Error(at, "bad_budget", $"{map.Of("budget")}: {at.Described} is no number in a time", "so many in so long: 1 per 30d",
            $"at most {MostBudget}, in at most {Quantity.Duration(PlanLimits.LongestBudget)}");
        return null;
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, RecommendSettings settings)
    {
        if (settings == RecommendSettings.Off)
        {
            yaml.Line(Key, Off);
            return;
        }

        yaml.Open(Key);
        yaml.Line(CheckUpstream, Word(settings.CheckUpstream));
        yaml.Line(RollBack, Word(settings.RollBack));
        yaml.Line(Retrain, settings.Retrain is { } retrain ? Text(retrain) : Off);
        yaml.Close();
    }

    /// <summary>As the config writes it on one line.</summary>
    public static string Text(RecommendSettings settings) => settings == RecommendSettings.Off ? Off
        : $"{{ {CheckUpstream}: {Word(settings.CheckUpstream)}, {RollBack}: {Word(settings.RollBack)}, "
        + $"{Retrain}: {(settings.Retrain is { } retrain ? Text(retrain) : Off)} }}";

    private static string Text(RetrainSettings retrain) =>
        $"{{ cool_down: {Quantity.Duration(retrain.CoolDown)}, budget: {Quantity.Digits(retrain.Most)} per {Quantity.Duration(retrain.Per)} }}";

    private static string Word(bool on) => on ? On : Off;
}
