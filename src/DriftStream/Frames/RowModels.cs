using System.Text;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Kernels;
using DriftStream.Time;

namespace DriftStream.Frames;

/// <summary>The column of the event time, and the unit of integers in it.</summary>
internal sealed record TimeColumn(string Name, TimeUnit? Integers)
{
    public static TimeColumn? Of(CountedModel model) => model.TimeColumn is { } name ? new TimeColumn(name, model.IntegerTime) : null;
}

/// <summary>The model of some rows: one of the topic's, or a value that no model claims.</summary>
internal sealed class RowModel(string value, ModelCounter? counter, TimeColumn? time)
{
    public string Value { get; } = value;

    /// <summary>Null where no model claims the value.</summary>
    public ModelCounter? Counter { get; } = counter;

    /// <summary>Null for the Kafka timestamp.</summary>
    public TimeColumn? Time { get; } = time;

    /// <summary>Why no row of the bound batch can be counted.</summary>
    public Reject? Reject { get; set; }

    /// <summary>The model's columns of the bound batch in which some row has a value of a wrong type.</summary>
    public List<Column> Refusals { get; } = [];

    /// <summary>Rejects all of its rows in the bound batch, because the program failed.</summary>
    public void Fail(string step, Exception thrown, in SourceRecord record, List<CountingFault> faults)
    {
        Reject = CountingFault.Reject(thrown);
        Refusals.Clear();
        faults.Add(new CountingFault(record.Offset, Counter is null ? null : Value, step, thrown));
    }

    public void Bind(Batch batch)
    {
        Reject = null;
        if (Counter is null) return;
        Reject = CheckTime(batch) ?? Counter.Bind(batch);
        FindRefusals(batch);
    }

    private void FindRefusals(Batch batch)
    {
        Refusals.Clear();
        if (!batch.HasRefusals) return;
        for (int i = 0; i < batch.Columns.Length; i++)
        {
            if (batch.Columns[i].Refusal is not null && Counter!.Reads(batch.Schema.Fields[i].Name)) Refusals.Add(batch.Columns[i]);
        }
    }

    private Reject? CheckTime(Batch batch)
    {
        if (Time is not { } time) return null;
        if (batch.Find(time.Name) is not { } column)
            return new Reject(RejectReason.ColumnMissing, $"the event-time column '{time.Name}' is not in the message");
        return ColumnTimes.CanRead(column.Type, time.Integers)
            ? null
            : new Reject(RejectReason.ColumnType, $"the event-time column '{time.Name}' is {column.Type.Name}, which is no time");
    }
}

/// <summary>Finds the model, the event time and the version of the rows of a batch.</summary>
internal sealed class RowModels
{
    /// <summary>The most unclaimed values kept from one batch to the next.</summary>
    private const int MaxUnowned = 10_000;

    private readonly SourceTopic _topic;
    private readonly Dictionary<string, RowModel> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RowModel> _unowned = new(StringComparer.Ordinal);
    private readonly TimeColumn? _sharedTime;
    private readonly Texts _values = new(), _versions = new();
    private readonly List<RowModel> _present = [];
    private RowModel[] _ofRow = [];

    public RowModels(SourceTopic topic, INumberCounter numbers, int lane, RowSecret secret)
    {
        _topic = topic;
        foreach (CountedModel model in topic.Models)
            _models.Add(model.Id, new RowModel(model.Id, new ModelCounter(model, numbers, lane, secret), TimeColumn.Of(model)));
        TimeColumn?[] columns = [.. topic.Models.Select(TimeColumn.Of).Distinct()];
        _sharedTime = columns.Length == 1 ? columns[0] : null;
    }

    /// <summary>The model of all rows of the batch, or null where they differ.</summary>
    public RowModel? Only { get; private set; }

    /// <summary>Every model with a row in the batch.</summary>
    public IReadOnlyList<RowModel> Present => _present;

    public RowModel Of(int row) => Only ?? _ofRow[row];

    /// <summary>Finds the models of the batch's rows, and binds the batch to each.</summary>
    public void Bind(Batch batch, in SourceRecord record, List<CountingFault> faults)
    {
        _present.Clear();
        Only = null;
        if (_unowned.Count > MaxUnowned) _unowned.Clear();
        if (_topic.Selector is null) Only = _models[_topic.Models[0].Id];
        else if (_topic.Selector.Header is { } header) Only = Model(record.Header(header) ?? "(no header)");
        else FindByColumn(batch, _topic.Selector.Column!);
        if (Only is not null) _present.Add(Only);
        foreach (RowModel model in _present)
        {
            try
            {
                model.Bind(batch);
            }
            catch (Exception e) when (CountingFault.IsOne(e))
            {
                model.Fail("bind", e, record, faults);
            }
        }
    }

    /// <summary>Event times of the rows in microseconds; <see cref="EventTime.None"/> where none can be read.</summary>
    public void ReadTimes(Batch batch, in SourceRecord record, Span<long> times, List<CountingFault> faults)
    {
        if (Only is not null)
        {
            Read(batch, record, Only, times, faults);
            return;
        }

        long[] own = new long[times.Length];
        foreach (RowModel model in _present)
        {
            Read(batch, record, model, own, faults);
            for (int row = 0; row < times.Length; row++)
            {
                if (_ofRow[row] == model) times[row] = own[row];
            }
        }
    }

    public string Version(RowModel model, Batch batch, in SourceRecord record, int row)
    {
        VersionSource source = model.Counter!.Model.Version;
        if (source.Value is not null) return source.Value;
        if (source.Header is not null) return record.Header(source.Header) ?? "";
        if (source.Column is null || batch.Find(source.Column) is not { } column || !ColumnText.HasValue(column, row)) return "";
        return _versions.Of(column, row);
    }

    private static void Read(Batch batch, in SourceRecord record, RowModel model, Span<long> times, List<CountingFault> faults)
    {
        try
        {
            Read(batch, record, model, times);
        }
        catch (Exception e) when (CountingFault.IsOne(e))
        {
            model.Fail("bind", e, record, faults);
            times.Fill(Unread(model, record));
        }
    }

    private static void Read(Batch batch, in SourceRecord record, RowModel model, Span<long> times)
    {
        Column? column = model.Time is null ? null : batch.Find(model.Time.Name);
        if (column is null || !ColumnTimes.CanRead(column.Type, model.Time!.Integers))
        {
            times.Fill(Unread(model, record));
            return;
        }

        ColumnTimes.Read(column, 0, times, model.Time.Integers);
        // Rows that no model claims are reported whatever their time says.
        if (model.Counter is null) times.Replace(EventTime.None, record.Timestamp);
    }

    // Rows of a model with a column of times are refused where that cannot be read: the time of their record is not theirs.
    private static EventTime Unread(RowModel model, in SourceRecord record) =>
        model.Time is not null && model.Counter is not null ? EventTime.None : record.Timestamp;

    private void FindByColumn(Batch batch, string name)
    {
        if (batch.Find(name) is not { } column)
        {
            Only = Model($"(no column {name})");
            return;
        }

        if (_ofRow.Length < batch.Rows) _ofRow = new RowModel[batch.Rows];
        for (int row = 0; row < batch.Rows; row++)
        {
            RowModel model = _ofRow[row] = Model(ColumnText.HasValue(column, row) ? _values.Of(column, row) : "(null)");
            if (!_present.Contains(model)) _present.Add(model);
        }

        if (_present.Count != 1) return;
        Only = _present[0];
        _present.Clear();
    }

    private RowModel Model(string value)
    {
        if (_models.TryGetValue(value, out RowModel? model) || _unowned.TryGetValue(value, out model)) return model;
        _unowned.Add(value, model = new RowModel(value, null, _sharedTime));
        return model;
    }

    /// <summary>Strings for the few values of a column, made once each.</summary>
    private sealed class Texts
    {
        private const int MaxTexts = 10_000, MaxBytes = 256;

        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

        public string Of(Column column, int row)
        {
            Span<byte> utf8 = stackalloc byte[MaxBytes];
            int length = CategoryText.Copy(column, row, utf8);
            Span<char> text = stackalloc char[MaxBytes];
            ReadOnlySpan<char> chars = text[..Encoding.UTF8.GetChars(utf8[..length], text)];
            var lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();
            if (lookup.TryGetValue(chars, out string? known)) return known;
            string made = chars.ToString();
            if (_texts.Count < MaxTexts) _texts.Add(made, made);
            return made;
        }
    }
}
