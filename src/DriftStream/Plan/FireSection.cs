namespace DriftStream.Plan;

/// <summary>Reads <c>fire:</c> and <c>resolve:</c>.</summary>
internal static class FireSection
{
    private const int Most = 100;

    public static FireSettings Read(ConfigMap model, FireSettings otherwise)
    {
        ConfigMap fire = model.Map("fire"), resolve = model.Map("resolve");
        (int after, int of) = fire.Find("after") is { } at && fire.Values.Text(at, fire.Of("after")) is { } text
            ? Parse(text) ?? Refused(fire, at, otherwise)
            : (otherwise.After, otherwise.Of);
        int quiet = resolve.Whole("after", otherwise.ResolveAfter, 1, Most);
        fire.Close();
        resolve.Close();
        return new FireSettings(after, of, quiet);
    }

    private static (int After, int Of)? Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not ([_] or [_, "of", _])) return null;
        if (!Quantity.TryWhole(words[0], out long after) || !Quantity.TryWhole(words[^1], out long of)) return null;
        return after >= 1 && after <= of && of <= Most ? ((int)after, (int)of) : null;
    }

    private static (int After, int Of) Refused(ConfigMap fire, ConfigNode at, FireSettings otherwise)
    {
        fire.Findings.Error(at, "bad_fire", $"{fire.Of("after")}: {at.Described} is not k of n",
            $"2 of 3, or 1; k at most n, n at most {Most}");
        return (otherwise.After, otherwise.Of);
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, FireSettings fire)
    {
        yaml.Line("fire", $"{{ after: {fire.After} of {fire.Of} }}");
        yaml.Line("resolve", $"{{ after: {Quantity.Digits(fire.ResolveAfter)} }}");
    }
}
