using System.Runtime.ExceptionServices;

namespace DriftStream.Host.Files;

/// <summary>Lends the cores of this machine to work on columns.</summary>
internal static class Cores
{
    /// <inheritdoc cref="Cells.EachColumn"/>
    public static void Each(int count, Action<int> work)
    {
        try
        {
            Parallel.For(0, count, work);
        }
        catch (AggregateException e)
        {
            // As if one column had been done after the other.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
