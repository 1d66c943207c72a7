using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What one source partition says of time: how far it has come, and whether it is idle.</summary>
internal sealed class SourceTime
{
    public EventTime Watermark { get; private set; } = EventTime.None;

    /// <summary>Greatest offset that anything said of it has reached; <see cref="SourceOffset.None"/> where nothing was said.</summary>
    public SourceOffset Upto { get; private set; } = SourceOffset.None;

    /// <summary>Stamp of the last idle claim that stands, or <see cref="EventTime.None"/>.</summary>
    public EventTime IdleStamp { get; private set; } = EventTime.None;

    /// <summary>Stamp of the first idle claim since the partition last moved.</summary>
    public EventTime IdleSince { get; private set; } = EventTime.None;

    /// <summary>Something on the chain has been said of it.</summary>
    public bool Heard { get; private set; }

    public static SourceTime Restore(EventTime watermark, SourceOffset upto, EventTime idleStamp, EventTime idleSince, bool heard) => new()
    {
        Watermark = watermark,
        Upto = upto,
        IdleStamp = idleStamp,
        IdleSince = idleSince,
        Heard = heard,
    };

    /// <summary>Takes note of what a header, or what stands for one, says.</summary>
    public void Hear(SourceOffset upto, EventTime watermark, bool idle, EventTime stamp)
    {
        Heard = true;
        Watermark = EventTime.Max(Watermark, watermark);
        if (idle && upto >= Upto)
        {
            if (IdleStamp == EventTime.None || upto > Upto) IdleSince = stamp;
            IdleStamp = EventTime.Max(IdleStamp, stamp);
        }
        else if (!idle && upto > Upto)
        {
            IdleStamp = IdleSince = EventTime.None;
        }

        Upto = SourceOffset.Max(Upto, upto);
    }

    /// <summary>Its offsets begin again: the topic was made again.</summary>
    public void BeginAgain() => Upto = SourceOffset.None;
}
