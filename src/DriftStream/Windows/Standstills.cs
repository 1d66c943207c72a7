using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>Finds models whose rows are lost while nothing goes on (<see cref="Standstill"/>), from what each header adds to the one before it.</summary>
internal sealed class Standstills(LedgerPlans plans, TopicClocks clocks, SegmentChains chains)
{
    private readonly List<Added> _added = [];
    private readonly HashSet<string> _losing = new(StringComparer.Ordinal);

    /// <summary>A record of the counts topic begins.</summary>
    public void Begin()
    {
        _added.Clear();
        _losing.Clear();
    }

    /// <summary>What a header has changed in the segment that counts.</summary>
    /// <param name="header">The header.</param>
    /// <param name="before">What was known of the segment; null where nothing was.</param>
    /// <param name="after">What is known now.</param>
    public void Hear(SegmentHeader header, HeaderMark? before, HeaderMark? after)
    {
        if (after is null || ReferenceEquals(before, after)) return;
        List<LostRows>? lost = null;
        int at = 0;
        foreach (LostRows now in after.Lost)
        {
            // Both are in the order of the models.
            while (before is not null && at < before.Lost.Length && string.CompareOrdinal(before.Lost[at].Model, now.Model) < 0) at++;
            LossCounts more = LossCounts.Of(now);
            if (before is not null && at < before.Lost.Length && before.Lost[at].Model == now.Model) more -= LossCounts.Of(before.Lost[at]);
            if (more == default) continue;
            (lost ??= []).Add(new LostRows(now.Model, more.Late, more.Future, more.Rejected, more.Unreadable) { Why = now.Why });
            _losing.Add(now.Model);
        }

        RowCount counted = RowCount.Max(RowCount.Zero, after.Fates.Counted - (before?.Fates.Counted ?? RowCount.Zero));
        if (lost is not null || counted > 0) _added.Add(new Added(header.Source.Topic, header.Watermark, counted, lost ?? []));
    }

    /// <summary>Whether there is anything to look at for a model: rows of it are lost by this record, or were.</summary>
    public bool Concerns(string name, ModelState model) => model.Standstill is not null || _losing.Contains(name);

    /// <summary>Takes note of what the record has brought for a model that it <see cref="Concerns"/>, once its event time is known.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="model">The model.</param>
    /// <param name="windows">Its windows.</param>
    /// <param name="reached">How far event time has come for it.</param>
    /// <returns>Null where nobody is to be asked.</returns>
    public StandstillStretch? Move(string name, ModelState model, ModelWindows windows, EventTime reached)
    {
        Standstill? known = model.Standstill is null ? null : With(model.Standstill, name, windows);
        if (known is not null && !known.IsOver(reached))
        {
            model.Standstill = known;
            if (known.ToldUpto is not null) return null;
            StandstillStretch stretch = Stretch(clocks.Now, known, isOver: false);
            return known.Lasts(clocks.Now, plans.Settings.CloseAfterIdle, stretch.Losses.Lost) ? stretch : null;
        }

        Standstill? over = model.Standstill;
        model.Standstill = _losing.Contains(name)
            ? With(NewAt(reached, windows), name, windows)
            : null;
        if (over?.ToldUpto is not { } told) return null;
        model.Told += over.Lost;
        // Ends of stretches only grow, whatever the workers' clocks say.
        return Stretch(EventTime.Max(clocks.Now, told + Duration.Microsecond), over, isOver: true);

        StandstillStretch Stretch(EventTime upto, Standstill of, bool isOver) => new(name, upto, of, LossesOf(of, windows), isOver);
    }

    private Standstill NewAt(EventTime reached, ModelWindows windows) =>
        new(reached, clocks.Now, default, RowCount.Zero, RowCount.Zero) { CountedBefore = chains.CountedInOpenSegments(windows.Topics) };

    private Standstill With(Standstill standstill, string name, ModelWindows windows)
    {
        foreach (Added added in _added)
        {
            if (!windows.Topics.Contains(added.Topic)) continue;
            bool holds = added.Watermark <= standstill.At;
            standstill = standstill with
            {
                Counted = standstill.Counted + (holds ? added.Counted : RowCount.Zero),
                CountedBeyond = standstill.CountedBeyond + (holds ? RowCount.Zero : added.Counted),
            };
            foreach (LostRows lost in added.Lost)
            {
                if (lost.Model != name) continue;
                standstill = standstill with { Lost = standstill.Lost + LossCounts.Of(lost), Why = standstill.Why ?? lost.Why, LastLost = clocks.Now };
            }
        }

        return standstill;
    }

    private Losses LossesOf(Standstill standstill, ModelWindows windows) =>
        new(standstill.Lost, standstill.Counted, [], chains.Furthest(windows.Topics))
        {
            RowsPerMessage = chains.RowsPerMessage(windows.Topics),
            Why = standstill.Why,
        };

    private sealed record Added(string Topic, EventTime Watermark, RowCount Counted, List<LostRows> Lost);
}
