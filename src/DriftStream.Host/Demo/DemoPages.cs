using DriftStream.Host.History;
using DriftStream.Host.Pages;
using DriftStream.Host.Worker;

namespace DriftStream.Host.Demo;

/// <summary>Pages beside the demo.</summary>
/// <param name="Pages">What they show.</param>
/// <param name="Status">The worker's, which they show to machines.</param>
/// <param name="Stay">Returns when nobody looks at them any more.</param>
internal sealed record DemoPages(PeoplePages Pages, WorkerStatus Status, Action Stay)
{
    private readonly HistoryReader _history = new(Pages.Store);

    /// <summary>How many verdicts they show.</summary>
    public long Verdicts => _history.Counts().Verdicts;
}
