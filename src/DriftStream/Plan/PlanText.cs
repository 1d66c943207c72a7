using System.Collections.Immutable;
using System.Globalization;
using DriftStream.Alerts;
using DriftStream.Batches;
using DriftStream.Cells;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Windows;

namespace DriftStream.Plan;

/// <summary>Writes the effective config, with every default that was taken.</summary>
internal static class PlanText
{
    public static string Write(DriftPlan plan, ConfigNode? kafka, ImmutableArray<WrittenModel> models)
    {
        var yaml = new YamlText();
        Kafka(yaml, plan.Kafka, kafka?.Find("client"));
        Worker(yaml, plan);
        yaml.Open("owners");
        foreach (Owner owner in plan.Owners.Values) Owner(yaml, owner);
        yaml.Close();
        yaml.Text("root_owner", plan.Root.Id);
        yaml.Open("models");
        foreach (WrittenModel model in models) Model(yaml, model);
        yaml.Close();
        return yaml.ToString();
    }

    // Client properties as they were written: what came from the environment or a file may be secret.
    private static void Kafka(YamlText yaml, KafkaSettings kafka, ConfigNode? client)
    {
        yaml.Open("kafka");
        yaml.Text("bootstrap", kafka.Bootstrap);
        if (client is { Entries.IsEmpty: false })
        {
            yaml.Open("client");
            foreach ((ConfigNode key, ConfigNode value) in client.Entries)
            {
                string written = YamlText.Escaped(value.Find("file")?.Written ?? value.Written);
                yaml.Line(key.Text, value.Kind == ConfigKind.Map ? $"{{ file: {written} }}" : written);
            }

            yaml.Close();
        }

        yaml.Close();
    }

    private static void Worker(YamlText yaml, DriftPlan plan)
    {
        Section("web", ("listen", YamlText.Quoted(plan.WebListen ?? WorkerSections.NoPages)), ("reload", plan.WebReload ? "true" : "false"));
        Section("engine", ("segment", Quantity.Size(plan.Engine.SegmentBytes)), ("flush", Quantity.Duration(plan.Engine.Flush)),
            ("counts_partitions", Digits(plan.Engine.CountsPartitions)),
            ("threads", plan.Engine.Threads is { } threads ? Digits(threads) : WorkerSections.AutoThreads));
        yaml.Line("gpu", plan.Gpu.ToString().ToLowerInvariant());
        Section("time", ("max_future", Quantity.Duration(plan.Time.MaxFuture)), ("idle_after", Quantity.Duration(plan.Time.IdleAfter)),
            ("close_after_idle", Quantity.Duration(plan.Time.CloseAfterIdle)));
        yaml.Open("topics");
        yaml.Text("prefix", plan.Topics.Prefix);
        yaml.Line("replication", Digits(plan.Topics.Replication));
        Principals principals = plan.Topics.Principals;
        yaml.Open("principals");
        yaml.Text("counter", principals.Counter);
        yaml.Text("judge", principals.Judge);
        yaml.Text("delivery", principals.Delivery);
        yaml.Text("topics", principals.Topics);
        yaml.Text("readers", principals.Readers);
        yaml.Close();
        yaml.Close();
        Section("limits", ("message", Quantity.Size(plan.Limits.MessageBytes)), ("columns", Digits(plan.Limits.Columns)),
            ("rows", Digits(plan.Limits.Rows)), ("decompressed", Quantity.Size(plan.Limits.DecompressedBytes)),
            ("groups", Digits(plan.Groups)), ("open_windows", Digits(plan.OpenWindows)), ("versions", Digits(plan.Counting.Versions)));

        void Section(string key, params ReadOnlySpan<(string Key, string Value)> values)
        {
            yaml.Open(key);
            foreach ((string name, string value) in values) yaml.Line(name, value);
            yaml.Close();
        }
    }

    private static void Owner(YamlText yaml, Owner owner)
    {
        yaml.OpenItem();
        yaml.Text("id", owner.Id);
        yaml.Text("name", owner.Name);
        if (owner.Contact.Length > 0) yaml.Text("contact", owner.Contact);
        if (owner.EscalateTo is { } to)
            yaml.Line("escalate", $"{{ to: {YamlText.Quoted(to)}, after: {Quantity.Duration(owner.EscalateAfter)} }}");
        yaml.Close();
    }

    private static void Model(YamlText yaml, WrittenModel model)
    {
        ModelPolicy policy = model.Policy;
        yaml.OpenItem();
        yaml.Text("id", model.Id);
        yaml.Text("owner", model.Owner);
        yaml.Line("stakeholders", YamlText.List(model.Stakeholders));
        yaml.Text("purpose", model.Purpose);
        yaml.Text("runbook", model.Runbook);
        yaml.Line("tags", YamlText.List(model.Tags));
        yaml.Open("sources");
        foreach (WrittenSource source in model.Sources) Source(yaml, source);
        yaml.Close();
        Columns(yaml, policy.Columns);
        WrittenBaseline baseline = model.Baseline!;
        yaml.Open("baseline");
        yaml.Text(baseline.Request.Origin == BaselineOrigin.File ? "file" : "data", baseline.Written);
        yaml.Text("hash", baseline.Pin);
        yaml.Close();
        yaml.Line("allowed_lateness", Quantity.Duration(policy.AllowedLateness));
        yaml.Open("window");
        foreach (WindowSettings window in policy.Windows) Window(yaml, window);
        yaml.Close();
        yaml.Open("edges");
        yaml.Line(RuleSection.All, Edges(policy.Edges.Others));
        foreach ((string signal, int most) in policy.Edges.BySignal) yaml.Line(signal, Edges(most));
        yaml.Close();
        if (policy.Rules.IsEmpty) yaml.Line("rules", "[]");
        else yaml.Open("rules");
        foreach (WrittenRule rule in policy.Rules) Rule(yaml, rule.Rule);
        if (!policy.Rules.IsEmpty) yaml.Close();
        yaml.Line("fire", $"{{ after: {FireSection.Text(policy.Fire)} }}");
        yaml.Line("resolve", $"{{ after: {Digits(policy.Fire.ResolveAfter)} }}");
        yaml.Close();
    }

    private static void Source(YamlText yaml, WrittenSource source)
    {
        yaml.OpenItem();
        yaml.Text("topic", source.Topic);
        yaml.Text("format", source.Format == MessageFormat.Arrow ? "arrow" : "json");
        if (source.Selector is { Header: { } header }) yaml.Line("model", $"{{ header: {YamlText.Quoted(header)} }}");
        if (source.Selector is { Column: { } column }) yaml.Line("model", $"{{ column: {YamlText.Quoted(column)} }}");
        yaml.Close();
    }

    private static void Columns(YamlText yaml, ModelColumns columns)
    {
        yaml.Open("columns");
        if (columns.TimeUnit is { } unit)
            yaml.Line("time", $"{{ column: {YamlText.Quoted(columns.Time!)}, unit: {ColumnSection.UnitWord(unit)} }}");
        else yaml.Text("time", columns.Time);
        yaml.Text("id", columns.Id);
        VersionSource version = columns.Version;
        foreach ((string key, string? value) in new[] { ("column", version.Column), ("value", version.Value), ("header", version.Header) })
        {
            if (value is not null) yaml.Line("version", $"{{ {key}: {YamlText.Quoted(value)} }}");
        }

        yaml.Text("score", columns.Score);
        Binary("decision", columns.Decision);
        Binary("label", columns.Label);
        yaml.Line("groups", $"[{string.Join(", ", columns.Groups.Select(g => g.Length == 1 ? YamlText.Quoted(g[0]) : YamlText.List(g)))}]");
        if (columns.Features.Only is { } only) yaml.Line("features", YamlText.List(only));
        else if (columns.Features.Except.IsEmpty) yaml.Line("features", "all");
        else yaml.Line("features", $"{{ except: {YamlText.List(columns.Features.Except)} }}");
        yaml.Line("categorical", YamlText.List(columns.Categorical));
        if (!columns.Paths.IsEmpty)
        {
            yaml.Open("path");
            foreach ((string column, JsonPath path) in columns.Paths) yaml.Text(column, path.Text);
            yaml.Close();
        }

        yaml.Close();

        void Binary(string key, BinaryColumn? column)
        {
            if (column is not null)
                yaml.Line(key, $"{{ column: {YamlText.Quoted(column.Column)}, positive: {YamlText.Quoted(column.Positive)} }}");
        }
    }

    private static void Window(YamlText yaml, WindowSettings window)
    {
        yaml.OpenItem();
        yaml.Text("name", window.Name);
        yaml.Line("size", Quantity.Duration(window.Size));
        yaml.Line("every", Quantity.Duration(window.Every));
        yaml.Line("offset", Quantity.Duration(window.Offset));
        yaml.Line("min_rows", Digits(window.MinRows));
        yaml.Close();
    }

    private static void Rule(YamlText yaml, Rule rule)
    {
        Alarm alarm = rule.Alarm;
        string text = $"{AlarmSection.KeyOf(alarm.Kind)}: {Quantity.Rate(alarm.Value)}";
        if (alarm.Kind == AlarmKind.Calibrated) text += $", min_effect: {Quantity.Rate(alarm.MinEffect)}";
        if (alarm.Confidence is { } confidence) text += $", confidence: {Quantity.Rate(confidence)}";
        if (alarm.MinRows is { } rows) text += $", min_rows: {Digits(rows)}";
        yaml.OpenItem();
        yaml.Text("id", rule.Id);
        yaml.Text("signal", rule.Signal);
        yaml.Text("group", rule.Group);
        yaml.Text("statistic", rule.Statistic);
        yaml.Text("convention", rule.Convention);
        yaml.Line("severity", rule.Severity.ToString().ToLowerInvariant());
        yaml.Line("alarm", $"{{ {text} }}");
        yaml.Close();
    }

    private static string Edges(int most) => most == BaselineSettings.ExactEdges ? "exact" : Digits(most);

    private static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);
}
