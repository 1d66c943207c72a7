using System.Collections.Immutable;
using DriftStream.Cells;

namespace DriftStream.Frames;

/// <summary>The counts of one pane of one version of a model within the open segment.</summary>
internal sealed class PaneCounts
{
    public PaneCounts(ModelCounter? model, string value, string version, long start, long size)
    {
        Model = model;
        Value = value;
        Version = version;
        Start = start;
        Size = size;
        Signals = model is null ? [] : [.. model.Model.Signals.Select(s => new SignalCounts(s.Key, s.Layout))];
    }

    /// <summary>Null for rows that no model claims.</summary>
    public ModelCounter? Model { get; }

    /// <summary>The model's id, or the unclaimed value.</summary>
    public string Value { get; }

    public string Version { get; }

    public long Start { get; }

    public long Size { get; }

    public long End => Start + Size;

    public long Rows { get; set; }

    public SignalCounts[] Signals { get; }

    /// <summary>Rows have come since the entry was last written.</summary>
    public bool Dirty { get; set; }

    /// <summary>A copy of the counts, in parts.</summary>
    public IEnumerable<Entry> Entries()
    {
        int parts = Model?.Parts.Length ?? 1;
        for (int part = 0; part < parts; part++)
        {
            ImmutableArray<SignalCounts> signals = Model is null ? [] : [.. Signals[Model.Parts[part]].Select(s => s.Copy())];
            yield return new Entry(new EntryKey(Value, Version, Start, Size, part, Model is null), part == 0 ? Rows : 0, signals);
        }
    }
}
