using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>
/// Reads of the rows of one model what the topic <c>joins</c> is told of them: the name of the row, and where it is counted. Bound to one batch at a time.
/// </summary>
internal sealed class RowProjector
{
    private const int LongestNumber = 40, MostCells = 100_000, GroupBits = 24;

    // Groups that no longer fit into one number are looked up by nobody: each row has a cell of its own.
    private static readonly UInt128 MostKey = UInt128.MaxValue >> GroupBits;

    private readonly CountedModel _model;
    private readonly RowIds _ids;
    private readonly BoundColumn _id;
    // Of a label what it is, of a prediction what was decided: a state (OutcomeColumns), a class, or nothing where that is a number.
    private readonly CategoryColumn? _state;
    private readonly NumberColumn? _number;
    private readonly int _missing;
    private readonly LabelCell[] _labels;
    private readonly OutcomeCells? _outcome;
    private readonly ICellCounter[] _groups;
    private readonly int[][] _groupCells;
    // By version, and the places of score, decision and groups in one number.
    private readonly Dictionary<string, Dictionary<UInt128, PredictionCell>> _versions = new(StringComparer.Ordinal);
    private Dictionary<UInt128, PredictionCell> _cells = [];
    private string? _version;
    private int _count;
    private UInt128[] _names = [];
    private bool[] _isNamed = [];
    private int[] _states = [], _outcomes = [];
    private double[] _numbers = [];

    /// <param name="model">A model with an <see cref="CountedModel.IdColumn"/>.</param>
    /// <param name="secret">The deployment's.</param>
    public RowProjector(CountedModel model, RowSecret secret)
    {
        (_model, _ids, _id) = (model, secret.Of(model.Id), new BoundColumn(model.IdColumn!));
        BaselineSignal? outcome = JoinedSignals.OutcomeOf(model.Joined);
        BinaryColumn? told = model.BringsLabels ? model.Label : model.Decision;
        _missing = OutcomeColumns.Missing;
        switch (model.LabelKind)
        {
            case LabelKind.Binary:
                if (told is not null) _state = new CategoryColumn(told.Column, new CategoryIndex(told));
                if (!model.BringsLabels && outcome is not null) _outcome = OutcomeCells.Of(outcome, model.Decision, model.Label!);
                break;
            case LabelKind.Number:
                if (model.BringsLabels) _number = new NumberColumn(told!.Column, "a label of the kind number");
                else if (outcome is not null) _number = new NumberColumn(outcome.Columns[0], "a score");
                break;
            case LabelKind.Class:
                CategoryIndex classes = outcome?.Layout.Inner!.Indexes.Categories ?? new CategoryIndex([]);
                _missing = classes.Missing;
                if (told is not null) _state = new CategoryColumn(told.Column, classes);
                break;
        }

        _labels = [.. Enumerable.Range(0, _missing).Select(state => new LabelCell(model.Id, state))];
        ImmutableArray<BaselineSignal> groups = model.BringsLabels ? [] : JoinedSignals.Grouped(model.Joined);
        _groups = [.. groups.Select(s => s.Role == SignalRole.Group ? CellCounters.For(s, model.Decision, model.Label) : GroupResidualCells.Groups(s))];
        _groupCells = [.. groups.Select(_ => Array.Empty<int>())];
    }

    /// <summary>Reads the rows of a batch.</summary>
    /// <returns>Why they cannot be read, or null. Predictions can be counted without an id: what is wrong with that column is no reason.</returns>
    public Reject? Bind(Batch batch)
    {
        Column? ids = _id.In(batch);
        bool isRead = ids is not null && (ids.Type.IsText || ids.Type.IsNumber);
        if (_model.BringsLabels)
        {
            if (ids is null) return Lacks(_model.IdColumn!, "labels find their predictions by it");
            if (!isRead) return new Reject(RejectReason.ColumnType, $"column '{_model.IdColumn}' is {ids.Type.Name}; an id is a text or a number");
            if (batch.Find(_model.Label!.Column) is null) return Lacks(_model.Label.Column, "it is the label");
        }

        Reject? reject = _state?.Bind(batch) ?? _number?.Bind(batch) ?? _outcome?.Bind(batch);
        foreach (ICellCounter group in _groups) reject ??= group.Bind(batch);
        if (reject is not null) return reject;
        Grow(batch.Rows);
        Name(isRead ? ids : null, batch.Rows);
        ReadStates(batch.Rows);
        _outcome?.Rank(_outcomes);
        for (int i = 0; i < _groups.Length; i++) _groups[i].Rank(_groupCells[i]);
        return null;
    }

    /// <summary>Why a row of the bound batch cannot be told, or null: a label needs an id and a value.</summary>
    public Reject? RejectOf(int row)
    {
        if (!_model.BringsLabels) return null;
        if (!_isNamed[row]) return new Reject(RejectReason.IdNull, $"column '{_model.IdColumn}' has no value in some rows, which say what is true of nothing");
        return (_model.LabelKind == LabelKind.Number ? !double.IsFinite(_numbers[row]) : _states[row] == _missing)
            ? new Reject(RejectReason.LabelNull, $"column '{_model.Label!.Column}' has no value in some rows: send a label once it is known")
            : null;
    }

    /// <summary>A row of the bound batch.</summary>
    /// <param name="row">Its place.</param>
    /// <param name="source">The partition that it came from.</param>
    /// <param name="offset">Of its message.</param>
    /// <param name="time">Its event time; a label's own.</param>
    /// <param name="version">Its version.</param>
    public ProjectedRow Of(int row, SourcePartition source, SourceOffset offset, EventTime time, string version) => new(
        offset,
        _isNamed[row] ? _names[row] : Nameless(source, offset, row),
        time,
        !_model.BringsLabels ? Cell(row, version) : _model.LabelKind == LabelKind.Number ? _labels[0] : _labels[_states[row]])
    {
        Number = _model.LabelKind == LabelKind.Number ? _numbers[row] : null,
    };

    private static Reject Lacks(string column, string why) => new(RejectReason.ColumnMissing, $"the column '{column}' is not in the message: {why}");

    private PredictionCell Cell(int row, string version)
    {
        // Rows of one cell share it, so that a projection names it once.
        UInt128 key = (uint)(ScoreOf(row) + 1);
        key = (key * (uint)(_missing + 1)) + (uint)_states[row];
        bool isKey = true;
        for (int i = 0; i < _groups.Length; i++)
        {
            isKey &= key <= MostKey;
            key = (key << GroupBits) + (uint)GroupOf(i, row);
        }

        if (!isKey) return New(row, version);
        if (!ReferenceEquals(version, _version)) Turn(version);
        ref PredictionCell? cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells, key, out bool isKnown);
        if (isKnown) return cell!;
        cell = New(row, version);
        if (++_count < MostCells) return cell;
        _versions.Clear();
        (_count, _version) = (0, null);
        return cell;
    }

    private void Turn(string version)
    {
        if (!_versions.TryGetValue(version, out Dictionary<UInt128, PredictionCell>? cells)) _versions.Add(version, cells = []);
        (_version, _cells) = (version, cells);
    }

    private PredictionCell New(int row, string version) =>
        new(_model.Id, version, ScoreOf(row), _states[row], [.. Enumerable.Range(0, _groups.Length).Select(i => GroupOf(i, row))], []);

    private int GroupOf(int group, int row) => _groups[group].Layout.GroupOf(_groupCells[group][row]);

    private int ScoreOf(int row) => _outcome is null ? -1 : OutcomeCells.States(_outcome.Layout, _outcomes[row]).Score;

    private void Grow(int rows)
    {
        if (_names.Length >= rows) return;
        (_names, _isNamed, _states, _outcomes) = (new UInt128[rows], new bool[rows], new int[rows], new int[rows]);
        if (_model.LabelKind == LabelKind.Number) _numbers = new double[rows];
        for (int i = 0; i < _groupCells.Length; i++) _groupCells[i] = new int[rows];
    }

    private void Name(Column? column, int rows)
    {
        Span<byte> number = stackalloc byte[LongestNumber];
        _isNamed.AsSpan(0, rows).Clear();
        if (column is null) return;
        for (int row = 0; row < rows; row++)
        {
            _isNamed[row] = CategoryText.HasValue(column, row);
            if (!_isNamed[row]) continue;
            if (column.Type.IsText) _names[row] = _ids.Of(ColumnText.Utf8(column, row));
            else _names[row] = _ids.Of(number[..CategoryText.Write(column, row, number)]);
        }
    }

    // A prediction without an id is one that no label finds: left out, it would be missing from what share of them has a label. No text begins with 0xFF.
    private UInt128 Nameless(SourcePartition source, SourceOffset offset, int row)
    {
        Span<byte> name = stackalloc byte[17 + Encoding.UTF8.GetByteCount(source.Topic)];
        name[0] = 0xFF;
        BinaryPrimitives.WriteInt64LittleEndian(name[1..], offset);
        BinaryPrimitives.WriteInt32LittleEndian(name[9..], row);
        BinaryPrimitives.WriteInt32LittleEndian(name[13..], source.Partition);
        Encoding.UTF8.GetBytes(source.Topic, name[17..]);
        return _ids.Of(name);
    }

    private void ReadStates(int rows)
    {
        Span<int> states = _states.AsSpan(0, rows);
        if (_model.LabelKind == LabelKind.Number) ReadNumbers(rows);
        if (_state is null)
        {
            states.Fill(_missing);
            return;
        }

        _state.Read(0, states);
        if (_model.LabelKind != LabelKind.Binary) return;
        foreach (ref int state in states) state = BinaryColumn.State(state);
    }

    private void ReadNumbers(int rows)
    {
        Span<double> numbers = _numbers.AsSpan(0, rows);
        if (_number is null) numbers.Fill(double.NaN);
        else _number.Read(0, numbers);
    }
}
