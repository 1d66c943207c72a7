using DriftStream.Alerts;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Tests.Alerts;

/// <summary>A model with one signal of two values, windows of one pane, and baselines beside the leading one; a pane is ten microseconds.</summary>
internal sealed class ReferenceScript
{
    public const long Pane = 10;

    /// <summary>Half of the rows in each of two categories.</summary>
    public static readonly BaselineSignal Anchor = PlanScript.Signal("x", Layout.Categorical(["a", "b"]), 5000, 5000, 0, 0);

    /// <summary>Speaks where more than a fifth of the rows are elsewhere: a distance that is computed by hand.</summary>
    public static readonly Rule Far = new("far", "*", null, "total_variation", null, new Alarm(AlarmKind.Above, 0.2), Severity.Warning);

    private readonly PlanScript _script;
    private readonly bool _atOnce;
    private int _panes;

    /// <param name="atOnce">Time stands still until the last header, so that all windows close together.</param>
    /// <param name="minRows">Fewer rows, of the window or of a reference, are insufficient.</param>
    /// <param name="further">Baselines beside the anchor.</param>
    public ReferenceScript(bool atOnce, long minRows, params FurtherBaseline[] further)
    {
        _atOnce = atOnce;
        _script = new PlanScript(Plan(minRows, further));
    }

    public static FurtherBaseline Rolling(string name, long length, long ending, CalendarKind? calendar = null) =>
        new(name, null, new StreamReference(StreamRowsOf.Rolling, new(length)) { Ending = new(ending), Calendar = calendar });

    public static FurtherBaseline Version(string name, long within, string? version = null) => new(name, null, version is null
        ? new StreamReference(StreamRowsOf.Previous, new(within))
        : new StreamReference(StreamRowsOf.Version, new(within)) { Version = version });

    public static JudgeSettings Plan(long minRows, params FurtherBaseline[] further)
    {
        ModelWindows windows = PlanScript.WindowsOf("m", Pane, Pane);
        windows = windows with
        {
            Windows = [windows.Windows[0] with { MinRows = minRows }],
            References = [.. further.Select(f => f.Stream).OfType<StreamReference>()],
        };
        JudgeSettings plan = PlanScript.Plan("plan", [Far], (windows, [Anchor]));
        return plan with { Judgement = plan.Judgement.SetItem("m", plan.Judgement["m"] with { Further = [.. further] }) };
    }

    /// <summary>The next pane: rows of each version in the two categories.</summary>
    public ReferenceScript Next(params (string Version, long A, long B)[] rows)
    {
        Entry[] entries =
        [
            .. rows.Select(r => new Entry(new EntryKey("m", r.Version, new(_panes * Pane), new(Pane), 0), new(r.A + r.B),
                [new SignalCounts("x", Anchor.Layout.Key, [r.A, r.B, 0, 0])])),
        ];
        if (entries.Length > 0) _script.Frame(0, _panes, _panes + 1, entries);
        _script.Header(0, _panes, _panes + 1, _atOnce ? 0 : (_panes + 1) * Pane);
        _panes++;
        return this;
    }

    /// <summary>Judges it all, with restarts after every record.</summary>
    public PlanScript Run() => _script.Header(0, _panes, _panes + 1, _panes * Pane).Run();
}
