using System.Globalization;

namespace DriftStream.Frames;

/// <summary>A plan as counts name it: by its place in the plan topic, and by its hash, which tells whether it is still there.</summary>
/// <param name="Epoch">Offset in the plan topic.</param>
/// <param name="Hash">The first eight bytes of the plan's hash; 0 where it is unknown.</param>
public sealed record PlanName(long Epoch, ulong Hash)
{
    private const string Algorithm = "sha256:";

    /// <summary>The first eight bytes of a plan's hash; 0 where the text is no hash.</summary>
    public static ulong Short(string hash) =>
        hash.StartsWith(Algorithm, StringComparison.Ordinal) && hash.Length >= Algorithm.Length + 16
            && ulong.TryParse(hash.AsSpan(Algorithm.Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : 0;
}
