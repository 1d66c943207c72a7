using DriftStream.Host.Files;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Reads the config that <c>-c</c> names.</summary>
internal static class PlanFile
{
    /// <summary>What reading the file gave; a file that cannot be read is one finding.</summary>
    public static PlanResult Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var finding = new Finding(
                "unreadable", FindingSeverity.Error, path, 1, 1, $"the file cannot be read: {e.Message}", null, "write one: driftstream init, or copy samples/employment/driftstream.yaml");
            return new PlanResult(null, [finding], [], null);
        }

        return PlanReader.Read(path, text, BaselineSource.Load, Environment.GetEnvironmentVariable, Secret);
    }

    /// <summary>The plan, or null after every finding has been written to <paramref name="errors"/>.</summary>
    public static DriftPlan? Load(string path, TextWriter errors)
    {
        PlanResult result = Read(path);
        if (result.Plan is null)
        {
            string? text = File.Exists(path) ? File.ReadAllText(path) : null;
            foreach (Finding finding in result.Findings) errors.Write(FindingText.ForPeople(finding, text));
        }

        return result.Plan;
    }

    private static string? Secret(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
