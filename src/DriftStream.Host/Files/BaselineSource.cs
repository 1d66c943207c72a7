using DriftStream.Cells;
using DriftStream.Plan;
using DriftStream.Statistics;

namespace DriftStream.Host.Files;

/// <summary>Loads the baselines that a config names: from a baseline file, or by counting reference rows.</summary>
internal static class BaselineSource
{
    public static BaselineLoad Load(BaselineRequest request)
    {
        if (request.Origin == BaselineOrigin.Stream) return BaselineLoad.Later;
        if (!File.Exists(request.Path)) return BaselineLoad.Failed($"there is no file {request.Path}");
        try
        {
            return request.Origin == BaselineOrigin.File ? Read(request) : Build(request);
        }
        catch (DataFileException e)
        {
            return BaselineLoad.Failed(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BaselineLoad.Failed($"{request.Path} cannot be read: {e.Message}");
        }
    }

    private static BaselineLoad Read(BaselineRequest request)
    {
        Baseline? baseline = BaselineFile.Read(File.ReadAllBytes(request.Path), out string problem);
        return baseline is null ? BaselineLoad.Failed($"{request.Path}: {problem}") : BaselineLoad.Of(baseline);
    }

    private static BaselineLoad Build(BaselineRequest request)
    {
        DataFile file = DataFile.Open(request.Path, WantedColumns.Of(request.Settings));
        BaselineResult result = Count(file, request.Settings, like: request.Like);
        if (result.Baseline is null) return BaselineLoad.Failed(string.Join("; ", result.Problems));
        file.TellRefused(Console.Error);
        return BaselineLoad.Of(result.Baseline);
    }

    /// <summary>Counts the rows of a file, and learns how they cluster.</summary>
    /// <param name="file">The rows.</param>
    /// <param name="settings">What is counted.</param>
    /// <param name="told">Where the progress of long work goes; null for nowhere.</param>
    /// <param name="like">In whose cells; null: in cells of their own.</param>
    /// <exception cref="DataFileException">It cannot be read.</exception>
    public static BaselineResult Count(DataFile file, BaselineSettings settings, TextWriter? told = null, Baseline? like = null)
    {
        var batches = new KeptBatches(told is null ? file.Batches : new ReadingProgress(file, told).Batches());
        BaselineResult result = like is null
            ? BaselineBuilder.Build(batches, settings, Cores.Each)
            : BaselineBuilder.BuildLike(batches, settings, like, Cores.Each);
        if (result.Baseline is not { } baseline) return result;
        Baseline measured = ReferenceClusters.Measure(baseline, batches, settings, Cores.Each, out string? sortedBy);
        return result with { Baseline = measured, SortedBy = sortedBy };
    }
}
