using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DriftStream.Host.Observability;

/// <summary>The instruments of one meter as Prometheus reads them: its text format 0.0.4. Thread-safe.</summary>
/// <remarks>
/// Names stay as they are: no suffix, no label of the meter, no timestamp is added. Series that an observable instrument does not report at a reading are
/// left out. A histogram is summed here, since nobody else keeps it; only histograms of one series without labels are supported.
/// See <see href="https://prometheus.io/docs/instrumenting/exposition_formats/"/>.
/// </remarks>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _reading = new();
    private readonly MeterListener _listener = new();
    private readonly List<Family> _families = [];

    /// <param name="meter">The meter, which must already have all its instruments.</param>
    public PrometheusText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter != meter) return;
            var family = new Family(instrument);
            _families.Add(family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, labels, family) => ((Family)family!).Take(value, labels));
        _listener.SetMeasurementEventCallback<double>((_, value, labels, family) => ((Family)family!).Take(value, labels));
        _listener.Start();
    }

    /// <summary>All metrics as they are now; a metric without a series has only its help and type.</summary>
    public string Read()
    {
        lock (_reading)
        {
            foreach (Family family in _families) family.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (Family family in _families) family.Write(text);
            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>One metric.</summary>
    private sealed class Family
    {
        private readonly string _type, _help;
        private readonly List<string> _lines = [];
        private readonly double[]? _bounds;
        private readonly long[] _counts;
        private readonly Lock _measuring = new();
        private double _sum;

        public Family(Instrument instrument)
        {
            Name = instrument.Name;
            _help = Escape(instrument.Description ?? "");
            _bounds = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray();
            _counts = new long[(_bounds?.Length ?? 0) + 1];
            _type = instrument switch
            {
                Histogram<double> => "histogram",
                ObservableCounter<long> => "counter",
                ObservableGauge<long> or ObservableGauge<double> => "gauge",
                _ => throw new NotSupportedException($"{instrument.Name}: no way to show a {instrument.GetType().Name} is written yet"),
            };
        }

        public string Name { get; }

        public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (_bounds is null)
            {
                _lines.Add($"{Name}{Labels(labels)} {Number(value)}");
                return;
            }

            int bucket = Array.FindIndex(_bounds, b => value <= b);
            lock (_measuring)
            {
                _counts[bucket < 0 ? _bounds.Length : bucket]++;
                _sum += value;
            }
        }

        public void Write(StringBuilder text)
        {
            text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
            if (_bounds is not null) Sum(_bounds);
            else _lines.Sort(StringComparer.Ordinal);
            foreach (string line in _lines) text.Append(line).Append('\n');
        }

        /// <summary>Ends the last reading, even if an instrument threw in it.</summary>
        public void Clear() => _lines.Clear();

        private void Sum(double[] bounds)
        {
            lock (_measuring)
            {
                long upto = 0;
                for (int i = 0; i <= bounds.Length; i++)
                    _lines.Add($"{Name}_bucket{{le=\"{Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity)}\"}} {upto += _counts[i]}");
                _lines.Add($"{Name}_sum {Number(_sum)}");
                _lines.Add($"{Name}_count {upto}");
            }
        }

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (labels.IsEmpty) return "";
            var text = new StringBuilder();
            foreach ((string name, object? value) in labels)
            {
                string escaped = Escape($"{value}").Replace("\"", "\\\"", StringComparison.Ordinal);
                text.Append(text.Length == 0 ? '{' : ',').Append(name).Append("=\"").Append(escaped).Append('"');
            }

            return text.Append('}').ToString();
        }

        private static string Number(double value) =>
            double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');

        private static string Escape(string text) =>
            text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }
}
