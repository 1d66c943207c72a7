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

    /// <summary>Places of the signals that are of labels which are numbers, these, and of residuals by group which of a prediction's codes is theirs.</summary>
    public ImmutableArray<(int Place, BaselineSignal Signal, int? Group)> Numbers { get; } =
    [
        .. plan.Signals.Index().Where(s => s.Item.LabelKind == LabelKind.Number)
            .Select(s => (s.Index, s.Item, s.Item.Role == SignalRole.GroupResiduals ? JoinedSignals.Grouped(plan.Signals).IndexOf(s.Item) : (int?)null)),
    ];

    /// <summary>They are of one model, and both have a version.</summary>
    public bool IsBeside(ProjectedVersion other) => Plan.Model == other.Plan.Model && Version.Length > 0;

    /// <summary>How many cells at hand are of it.</summary>
    public int Cells { get; set; }
}

/// <summary>A cell that some row at hand has, with all that follows from it.</summary>
internal sealed class KnownCell(IProjectedCell cell, long epoch, string? topic, ModelJoin model, JoinedModel plan, ProjectedVersion version)
{
    public IProjectedCell Cell => cell;

    public long Epoch => epoch;

    /// <summary>Of a label the topic that brought it; null of a prediction, and of a label that an older release has carried.</summary>
    public string? Topic => topic;

    public ModelJoin Model => model;

    /// <summary>What has become of the labels of its topic; null likewise.</summary>
    public LabelTally? Tally { get; } = topic is null ? null : model.Source(topic);

    /// <summary>Of the epoch: what a row of it is held to, whatever plan came next.</summary>
    public JoinedModel Plan => plan;

    public ProjectedVersion Version => version;

    /// <summary>How many rows at hand have it.</summary>
    public int Uses { get; set; }
}

/// <summary>The cells of rows at hand, so that a row needs four bytes for its own. A cell that no row has any more makes place for others.</summary>
internal sealed class KnownCells
{
    private readonly Dictionary<(IProjectedCell Cell, long Epoch, string? Topic), int> _places = [];
    private readonly Dictionary<(ModelJoin Model, string Version, long Epoch), ProjectedVersion> _versions = [];
    private readonly Stack<int> _free = [];
    private KnownCell?[] _cells = new KnownCell?[64];
    private int _used;

    public KnownCell this[int place] => _cells[place]!;

    /// <summary>The place of a cell, which one more row has from now on.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="epoch">Offset of the plan that its layout is of.</param>
    /// <param name="topic">Of a label the topic that brought it, if that is known.</param>
    /// <param name="model">Its model.</param>
    /// <param name="plan">What that plan says of it.</param>
    public int Hold(IProjectedCell cell, long epoch, string? topic, ModelJoin model, JoinedModel plan)
    {
        if (!_places.TryGetValue((cell, epoch, topic), out int place))
        {
            if (!_free.TryPop(out place)) place = _used++;
            Put(place, cell, epoch, topic, model, plan);
        }

        Hold(place);
        return place;
    }

    public void Hold(int place) => _cells[place]!.Uses++;

    public void Release(int place)
    {
        KnownCell cell = _cells[place]!;
        if (--cell.Uses > 0) return;
        _places.Remove((cell.Cell, cell.Epoch, cell.Topic));
        _cells[place] = null;
        _free.Push(place);
        if (--cell.Version.Cells == 0) _versions.Remove((cell.Model, cell.Version.Version, cell.Epoch));
    }

    /// <summary>All of them, in the order of their places.</summary>
    public IEnumerable<JoinCellUse> Save()
    {
        for (int place = 0; place < _used; place++)
        {
            if (_cells[place] is not { } known) continue;
            var cell = new HeldCell(known.Cell as PredictionCell, known.Cell as LabelCell, known.Epoch) { Topic = known.Topic };
            yield return new JoinCellUse(place, known.Uses, cell);
        }
    }

    /// <summary>Where there is nothing yet, a cell of <see cref="Save"/>: they come in the order of their places.</summary>
    public void Restore(int place, int uses, HeldCell cell, ModelJoin model, JoinedModel plan)
    {
        while (_used < place) _free.Push(_used++);
        _used = place + 1;
        Put(place, cell.Any, cell.Epoch, cell.Topic, model, plan);
        _cells[place]!.Uses = uses;
    }

    private void Put(int place, IProjectedCell cell, long epoch, string? topic, ModelJoin model, JoinedModel plan)
    {
        string version = cell is PredictionCell prediction ? prediction.Version : "";
        if (!_versions.TryGetValue((model, version, epoch), out ProjectedVersion? common))
            _versions.Add((model, version, epoch), common = new ProjectedVersion(model, plan, version, epoch));
        common.Cells++;
        while (place >= _cells.Length) Array.Resize(ref _cells, _cells.Length * 2);
        _cells[place] = new KnownCell(cell, epoch, topic, model, plan, common);
        _places.Add((cell, epoch, topic), place);
    }
}
