using System.Collections.Immutable;
using DriftStream.Host.Files;
using DriftStream.Host.Terminal;
using DriftStream.Plan;

namespace DriftStream.Host.Commands;

/// <summary>Reads the config that <c>-c</c> names.</summary>
internal static class PlanFile
{
    /// <summary>The code of the finding about a file that cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>What reading the file gave; a file that cannot be read is one finding.</summary>
    public static PlanResult Read(string path) => Read(path, new BaselineFiles().Load);

    /// <param name="path">The config.</param>
    /// <param name="baselines">Loads baselines, instead of the files that the config names.</param>
    public static PlanResult Read(string path, Func<BaselineRequest, BaselineLoad> baselines) => Read(path, baselines, _ => { });

    /// <param name="path">The config.</param>
    /// <param name="files">Its baselines as they were read before.</param>
    /// <param name="reading">Called with every file, the config, those that it names and patterns of files, just before it is read. Thread-safe.</param>
    public static PlanResult Read(string path, BaselineFiles files, Action<string> reading)
    {
        files.Begin();
        return Read(
            path,
            request =>
            {
                if (request.Path.Length > 0) reading(request.Path);
                return files.Load(request);
            },
            reading);
    }

    private static PlanResult Read(string path, Func<BaselineRequest, BaselineLoad> baselines, Action<string> reading)
    {
        reading(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var finding = new Finding(
                Unreadable, FindingSeverity.Error, path, 1, 1, $"the file cannot be read: {e.Message}", null,
                "samples/employment/driftstream.yaml is a template");
            return new PlanResult(null, [finding], [], null);
        }

        return PlanReader.Read(path, text, baselines, Environment.GetEnvironmentVariable, Named, Matching, DateOnly.FromDateTime(DateTime.UtcNow), Cores.Each);

        string? Named(string file)
        {
            reading(file);
            return Text(file)?.TrimEnd('\r', '\n');
        }

        ImmutableArray<string> Matching(string pattern)
        {
            reading(pattern);
            return FilePattern.Matching(pattern);
        }
    }

    /// <summary>The plan, or null after every finding has been written to <paramref name="errors"/>.</summary>
    public static DriftPlan? Load(string path, TextWriter errors)
    {
        PlanResult result = Read(path);
        if (result.Plan is null) Write(result.Findings, errors);
        return result.Plan;
    }

    /// <summary>Findings for people, each with its line of the file that it is in.</summary>
    public static void Write(IReadOnlyCollection<Finding> findings, TextWriter output)
    {
        (string? file, string? text) = (null, null);
        foreach (string said in FindingText.ForPeople(findings, Found)) output.Write(Printable.Lines(said));

        // Those of one file stand together.
        string? Found(Finding finding)
        {
            if (finding.File != file) (file, text) = (finding.File, Text(finding.File));
            return text;
        }
    }

    // Gone or locked since it was read: the findings are worth showing without its lines.
    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
