using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace DriftStream.Host.Tests.Observability;

/// <summary>Metrics as a reader has them, whichever way they came.</summary>
/// <param name="Metrics">Name, type (counter, gauge or histogram) and help.</param>
/// <param name="Series">By name and labels, which are sorted by key; of a histogram as Prometheus names them.</param>
internal sealed partial record ShownMetrics(
    IReadOnlyList<(string Name, string Type, string Help)> Metrics, IReadOnlyDictionary<string, double> Series)
{
    /// <summary>A page in Prometheus' text format. Series stand under the help and type of their metric, and none stands twice.</summary>
    public static ShownMetrics OfPage(string page)
    {
        var metrics = new List<(string, string, string)>();
        var series = new Dictionary<string, double>();
        string help = "", name = "", type = "";
        Assert.EndsWith("\n", page);
        foreach (string line in page[..^1].Split('\n'))
        {
            if (line.StartsWith('#'))
            {
                string[] words = line.Split(' ', 4);
                if (words[1] == "HELP") (name, help) = (words[2], words[3]);
                else metrics.Add((words[2], type = words[3], help));
                Assert.Equal(name, words[2]);
                continue;
            }

            Match sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            string suffix = sample.Groups["name"].Value[name.Length..];
            Assert.StartsWith(name, sample.Groups["name"].Value);
            string[] suffixes = type == "histogram" ? ["_bucket", "_sum", "_count"] : [""];
            Assert.Contains(suffix, suffixes);
            IEnumerable<(string, string)> labels = sample.Groups["key"].Captures.Zip(
                sample.Groups["value"].Captures, (k, v) => (k.Value, Regex.Unescape(v.Value)));
            series.Add(Key(name + suffix, labels), double.Parse(sample.Groups["number"].Value, CultureInfo.InvariantCulture));
        }

        return new ShownMetrics(metrics, series);
    }

    /// <summary>The keys of a metric's labels, over all its series.</summary>
    public string[] LabelsOf(string metric)
    {
        IEnumerable<string> series = Series.Keys.Where(k => k.StartsWith(metric + "{", StringComparison.Ordinal));
        return [.. series.SelectMany(k => LabelKey().Matches(k)).Select(m => m.Value).Distinct().Order()];
    }

    public static string Key(string name, IEnumerable<(string Key, string Value)> labels) =>
        name + "{" + string.Join(',', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}")) + "}";

    [GeneratedRegex("""^(?<name>\w+)(\{((?<key>\w+)="(?<value>([^"\\]|\\["\\n])*)",?)+\})? (?<number>\S+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<=[{,])\w+(?==)")]
    private static partial Regex LabelKey();
}
