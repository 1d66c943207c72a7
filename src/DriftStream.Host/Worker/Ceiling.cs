namespace DriftStream.Host.Worker;

/// <summary>Tells once when a number has risen above a limit, and again after it was back at it or below.</summary>
internal sealed class Ceiling(long limit)
{
    private bool _above;

    public long Limit => limit;

    public bool IsPassed(long value)
    {
        bool before = _above;
        _above = value > limit;
        return _above && !before;
    }
}
