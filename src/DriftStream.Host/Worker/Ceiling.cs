namespace DriftStream.Host.Worker;

/// <summary>Tells when a number rises above a limit, once until it is back at the limit or below.</summary>
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
