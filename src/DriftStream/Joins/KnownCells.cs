using System.Collections.Immutable;
using DriftStream.Cells;
using DriftStream.Frames;

namespace DriftStream.Joins;

/// <summary>What predictions of one model version that one plan projected have in common.</summary>
internal sealed class ProjectedVersion(ModelJoin model, JoinedModel plan, string version, long epoch)
{
    public ModelJoin Model => model;

    public JoinedModel Plan => plan;

    public string Version => version;

    public long Epoch => epoch;

    /// <summary>Places of the model's signals that are of labels which are numbers, and these.</summary>
    public ImmutableArray<(int Place, BaselineSignal Signal)> Numbers { get; } =
        [.. plan.Signals.Index().Where(s => s.Item.LabelKind == LabelKind.Number).Select(s => (s.Index, s.Item))];

    /// <summary>They are of one model, and both have a version.</summary>
    public bool IsBeside(ProjectedVersion other) => Plan.Model == other.Plan.Model && Version.Length > 0;

    /// <summary>How many cells at hand are of it.</summary>
    public int Cells { get; set; }
}

/// <summary>A cell that some row at hand has, with all that follows from it.</summary>
internal sealed class KnownCell(IProjectedCell cell, long epoch, ModelJoin model, JoinedModel plan, ProjectedVersion version)
{
    public IProjectedCell Cell => cell;

    public long Epoch => epoch;

    public ModelJoin Model => model;

    /// <summary>Of the epoch: what a row of it is held to, whatever plan came next.</summary>
    public JoinedModel Plan => plan;

    public ProjectedVersion Version => version;

    /// <summary>How many rows at hand have it.</summary>
    public int Uses { get; set; }
}

/// <summary>The cells of rows at hand, so that a row needs four bytes for its own. A cell that no row has any more makes place for others.</summary>
internal sealed class KnownCells
{
    private readonly Dictionary<(IProjectedCell Cell, long Epoch), int> _places = [];
    private readonly Dictionary<(ModelJoin Model, string Version, long Epoch), ProjectedVersion> _versions = [];
    private readonly Stack<int> _free = [];
    private KnownCell?[] _cells = new KnownCell?[64];
    private int _used;

    public KnownCell this[int place] => _cells[place]!;

    /// <summary>The place of a cell, which one more row has from now on.</summary>
    public int Hold(IProjectedCell cell, long epoch, ModelJoin model, JoinedModel plan)
    {
        if (!_places.TryGetValue((cell, epoch), out int place))
        {
            string version = cell is PredictionCell prediction ? prediction.Version : "";
            if (!_versions.TryGetValue((model, version, epoch), out ProjectedVersion? common))
                _versions.Add((model, version, epoch), common = new ProjectedVersion(model, plan, version, epoch));
            common.Cells++;
            if (!_free.TryPop(out place)) place = _used++;
            if (place == _cells.Length) Array.Resize(ref _cells, place * 2);
            _cells[place] = new KnownCell(cell, epoch, model, plan, common);
            _places.Add((cell, epoch), place);
        }

        Hold(place);
        return place;
    }

    public void Hold(int place) => _cells[place]!.Uses++;

    public void Release(int place)
    {
        KnownCell cell = _cells[place]!;
        if (--cell.Uses > 0) return;
        _places.Remove((cell.Cell, cell.Epoch));
        _cells[place] = null;
        _free.Push(place);
        if (--cell.Version.Cells == 0) _versions.Remove((cell.Model, cell.Version.Version, cell.Epoch));
    }
}
