using DriftStream.Frames;

namespace DriftStream.Windows;

/// <summary>The panes of a window while it closes.</summary>
internal sealed class WindowSum
{
    public PaneSum Panes { get; } = new();

    /// <summary>A pane of a plan with longer panes reaches beyond the window: its rows cannot be divided, and are left out.</summary>
    public bool Cut { get; private set; }

    public void Add(EntryKey key, PaneSum pane, long start, long end)
    {
        if (key.Start >= start && key.End <= end) Panes.Add(pane);
        else Cut = true;
    }
}
