using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Time;

namespace DriftStream.Tests.Frames;

/// <summary>Fates and counts by the definition, one row at a time.</summary>
internal sealed class PlainCounting(CountingSettings settings)
{
    public long Watermark { get; private set; } = EventTime.None;

    public FateCounts Fates { get; private set; }

    /// <summary>By model, version, start of pane and signal.</summary>
    public SortedDictionary<string, long> Cells { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, LostRows> Lost { get; } = new(StringComparer.Ordinal);

    public void Add(RandomMessage message)
    {
        Fates += new FateCounts { Messages = 1 };
        foreach (PlainRow row in message.Rows) Add(row, message.Timestamp);
    }

    private void Add(PlainRow row, long timestamp)
    {
        CountedModel? model = settings.Sources["t"].Models.FirstOrDefault(m => m.Id == row.Model);
        long? time = model is null ? row.Time ?? timestamp : row.Time;
        if (time is not { } at)
        {
            Fates += new FateCounts { Rows = new(1), Rejected = new(1) };
            Lose(model, 0, 0, 1);
        }
        else if (at > timestamp + settings.MaxFuture)
        {
            Fates += new FateCounts { Rows = new(1), Future = new(1) };
            Lose(model, 0, 1, 0);
        }
        else if (model is null)
        {
            Fates += new FateCounts { Rows = new(1), Unowned = new(1) };
            Count($"{row.Model ?? "(null)"}//{EventTime.Floor(Math.Max(at, Watermark), settings.UnownedPane)} rows");
        }
        else
        {
            long start = EventTime.Floor(at - model.PaneOffset, model.PaneSize) + model.PaneOffset;
            bool late = Watermark != EventTime.None && start + model.PaneSize + model.AllowedLateness <= Watermark;
            Fates += late ? new FateCounts { Rows = new(1), Late = new(1) } : new FateCounts { Rows = new(1), Counted = new(1) };
            if (late) Lose(model, 1, 0, 0);
            if (!late) Count(model, row, start);
            Watermark = Math.Max(Watermark, at);
        }
    }

    private void Count(CountedModel model, PlainRow row, long start)
    {
        string pane = $"{model.Id}/{row.Version}/{start}";
        Count($"{pane} rows");
        foreach (BaselineSignal signal in model.Signals)
            Count($"{pane} {signal.Name} {CellOf(signal, row)}");
    }

    private void Lose(CountedModel? model, long late, long future, long rejected)
    {
        if (model is null) return;
        LostRows known = Lost.GetValueOrDefault(model.Id);
        Lost[model.Id] = new LostRows(model.Id, new(known.Late + late), new(known.Future + future), new(known.Rejected + rejected));
    }

    private void Count(string what) => Cells[what] = Cells.GetValueOrDefault(what) + 1;

    private static int CellOf(BaselineSignal signal, PlainRow row) => signal.Layout.Kind == LayoutKind.Numeric
        ? CellOf(signal.Layout, row.Number)
        : CellOf(signal.Layout, row.Category);

    public static int CellOf(Layout layout, double? value) =>
        value is not { } x ? layout.MissingCell : double.IsNaN(x) ? layout.NanCell : layout.Edges.Count(e => e <= x);

    public static int CellOf(Layout layout, string? text) =>
        text is null ? layout.MissingCell : layout.Categories.IndexOf(text) is var cell && cell >= 0 ? cell : layout.UnseenCell;

    /// <summary>Entries in the same words.</summary>
    public static void AddTo(SortedDictionary<string, long> cells, IEnumerable<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            string pane = string.Create(CultureInfo.InvariantCulture, $"{entry.Key.Model}/{entry.Key.Version}/{entry.Key.Start}");
            cells[$"{pane} rows"] = cells.GetValueOrDefault($"{pane} rows") + entry.Rows;
            foreach (SignalCounts signal in entry.Signals)
            {
                for (int i = 0; i < signal.Cells.Length; i++)
                {
                    string cell = $"{pane} {signal.Signal} {i}";
                    if (signal.Cells[i] != 0) cells[cell] = cells.GetValueOrDefault(cell) + signal.Cells[i];
                }
            }
        }
    }
}
