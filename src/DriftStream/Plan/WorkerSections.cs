using System.Text;
using DriftStream.Batches;
using DriftStream.Frames;
using DriftStream.Judging;
using DriftStream.Time;

namespace DriftStream.Plan;

/// <summary>Reads the sections about the worker itself: <c>engine gpu time topics privacy limits</c>.</summary>
internal static class WorkerSections
{
    /// <summary>One counting thread less than the machine has cores.</summary>
    public const string AutoThreads = "auto";

    public const int DefaultOpenWindows = 100_000, DefaultGroups = 1000;

    /// <param name="engine">The section.</param>
    /// <param name="file">The config's name.</param>
    /// <param name="secretFile">The content of a file that the config names, or null.</param>
    public static (EngineSettings Settings, RowSecret Ids) Engine(ConfigMap engine, string file, Func<string, string?> secretFile)
    {
        ConfigMap idSecret = engine.Map("id_secret");
        string? at = idSecret.Find("file") is { Kind: ConfigKind.Text } node ? node.Text : null;
        RowSecret ids = Ids(idSecret, file, secretFile);
        var settings = new EngineSettings(
            engine.Size("segment", 64L << 20, 64L << 10, 16L << 30),
            engine.Duration("flush", Duration.FromSeconds(5), EventTime.Second / 10, EventTime.Hour),
            engine.Whole("counts_partitions", 12, 1, PlanLimits.CountsPartitions),
            Threads(engine))
        {
            IdSecretFile = at,
            Joins = Joins(engine.Map("joins")),
        };
        engine.Close();
        return (settings, ids);
    }

    private static JoinFolderSettings? Joins(ConfigMap map)
    {
        const string Expected = "the absolute path of a folder that this worker alone writes to";
        ConfigNode? node = map.Require("folder", Expected);
        string? folder = node is null ? null : map.Values.Text(node, map.Of("folder"));
        // Where a worker is started from must not decide where it looks for what it remembers.
        if (folder is not null && !Path.IsPathRooted(folder))
            map.Findings.Error(node!, "relative_path", $"{map.Of("folder")}: '{folder}' is no absolute path", Expected);
        bool tables = map.Choice("table", false, ("memory", false), ("file", true));
        map.Close();
        return folder is null ? null : new JoinFolderSettings(folder, tables);
    }

    private static RowSecret Ids(ConfigMap map, string file, Func<string, string?> secretFile)
    {
        if (!map.IsThere) return RowSecret.None;
        if (KafkaSection.Secret(map, file, secretFile) is not { } secret) return RowSecret.None;
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        if (bytes.Length >= RowSecret.LeastBytes) return new RowSecret(bytes);
        map.Findings.Error(map.At, "short_secret", $"{map.Path} has {bytes.Length} bytes", $"at least {RowSecret.LeastBytes} that nobody can guess",
            "openssl rand -hex 32");
        return RowSecret.None;
    }

    public static int PrivacyRows(ConfigMap privacy)
    {
        int rows = privacy.Whole("k", JudgementSettings.DefaultPrivacyRows, 0, PlanLimits.PrivacyRows);
        privacy.Close();
        return rows;
    }

    private static int? Threads(ConfigMap engine) => engine.Find("threads") switch
    {
        null or { Kind: ConfigKind.Text, Text: AutoThreads } => null,
        { } node => (int?)engine.Values.Whole(node, "engine.threads", 1, PlanLimits.Threads),
    };

    public static GpuUse Gpu(ConfigMap root) =>
        root.Choice("gpu", GpuUse.Auto, ("auto", GpuUse.Auto), ("off", GpuUse.Off), ("require", GpuUse.Require));

    public static TimeSettings Time(ConfigMap time)
    {
        var settings = new TimeSettings(
            time.Duration("max_future", Duration.FromMinutes(5)),
            time.Duration("idle_after", Duration.FromSeconds(30), EventTime.Second),
            time.Duration("close_after_idle", Duration.FromMinutes(10), EventTime.Second));
        time.Close();
        return settings;
    }

    public static TopicSettings Topics(ConfigMap topics)
    {
        ConfigNode? at = topics.Find("prefix");
        string prefix = (at is null ? null : topics.Values.Text(at, "topics.prefix")) ?? "driftstream.";
        if (prefix.Length > PlanLimits.Prefix || !OwnerSection.IsTopicText(prefix))
        {
            topics.Findings.Error(at!, "bad_id", $"topics.prefix: {at!.Described} cannot be part of a topic's name",
                $"letters, digits, '.', '_' and '-', at most {PlanLimits.Prefix}");
        }

        var settings = new TopicSettings(prefix, topics.Whole("replication", 1, 1, 100)) { Principals = Principals(topics.Map("principals")) };
        topics.Close();
        return settings;
    }

    private static Principals Principals(ConfigMap map)
    {
        var otherwise = new Principals();
        var principals = new Principals(
            Of("counter") ?? otherwise.Counter, Of("judge") ?? otherwise.Judge, Of("desk") ?? otherwise.Desk,
            Of("delivery") ?? otherwise.Delivery, Of("topics") ?? otherwise.Topics, Of("readers"),
            Of("web") ?? otherwise.Web);
        map.Close();
        return principals;

        string? Of(string key)
        {
            ConfigNode? at = map.Find(key);
            if (at is null || map.Values.Text(at, map.Of(key)) is not { } text) return null;
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && colon < text.Length - 1 && !text.Any(char.IsControl)) return text;
            map.Findings.Error(at, "bad_principal", $"{map.Of(key)}: {at.Described} is no principal of Kafka", "a type and a name: User:alice");
            return null;
        }
    }

    public static (InputLimits Input, int Groups, int OpenWindows, int Versions, int Pending) Bounds(ConfigMap limits)
    {
        var otherwise = new InputLimits();
        int message = (int)limits.Size("message", otherwise.MessageBytes, 1 << 10, 1 << 30);
        var input = new InputLimits(
            message,
            limits.Whole("columns", otherwise.Columns, 1, 1_000_000),
            limits.Whole("rows", otherwise.Rows, 1, int.MaxValue),
            (int)limits.Size("decompressed", Math.Max(message, otherwise.DecompressedBytes), 1 << 10, 1 << 30));
        int groups = limits.Whole("groups", DefaultGroups, 1, 1_000_000);
        int open = limits.Whole("open_windows", DefaultOpenWindows, 1, 100_000_000);
        int versions = limits.Whole("versions", CountingSettings.DefaultVersions, 1, PlanLimits.Versions);
        int pending = limits.Whole("pending", DriftPlan.DefaultPending, 1, PlanLimits.Pending);
        if (open != DefaultOpenWindows)
        {
            limits.Findings.Warn(limits.Find("open_windows")!, "not_enforced", "limits.open_windows refuses nothing: the worker's log warns when more are open",
                null, "which rows were refused would depend on the pace of the workers, and no count could be repeated");
        }

        if (input.DecompressedBytes < input.MessageBytes)
        {
            limits.Findings.Error(limits.At, "bad_limits", "limits.decompressed is less than limits.message",
                $"at least {Quantity.Size(input.MessageBytes)}");
        }

        limits.Close();
        return (input, groups, open, versions, pending);
    }

    /// <summary>Writes what is read above.</summary>
    public static void Write(YamlText yaml, DriftPlan plan)
    {
        (string, string)[] secret = plan.Engine.IdSecretFile is { } ids ? [("id_secret", $"{{ file: {YamlText.Quoted(ids)} }}")] : [];
        Section("engine",
        [
            ("segment", Quantity.Size(plan.Engine.SegmentBytes)), ("flush", Quantity.Duration(plan.Engine.Flush)),
            ("counts_partitions", Quantity.Digits(plan.Engine.CountsPartitions)),
            ("threads", plan.Engine.Threads is { } threads ? Quantity.Digits(threads) : AutoThreads), .. secret,
            .. Joins(plan.Engine.Joins),
        ]);
        yaml.Line("gpu", plan.Gpu.ToString().ToLowerInvariant());
        Section("time", ("max_future", Quantity.Duration(plan.Time.MaxFuture)), ("idle_after", Quantity.Duration(plan.Time.IdleAfter)),
            ("close_after_idle", Quantity.Duration(plan.Time.CloseAfterIdle)));
        yaml.Open("topics");
        yaml.Text("prefix", plan.Topics.Prefix);
        yaml.Line("replication", Quantity.Digits(plan.Topics.Replication));
        Principals principals = plan.Topics.Principals;
        yaml.Open("principals");
        yaml.Text("counter", principals.Counter);
        yaml.Text("judge", principals.Judge);
        yaml.Text("desk", principals.Desk);
        yaml.Text("delivery", principals.Delivery);
        yaml.Text("topics", principals.Topics);
        yaml.Text("readers", principals.Readers);
        yaml.Text("web", principals.Web);
        yaml.Close();
        yaml.Close();
        Section("privacy", ("k", Quantity.Digits(plan.PrivacyRows)));
        Section("limits", ("message", Quantity.Size(plan.Limits.MessageBytes)), ("columns", Quantity.Digits(plan.Limits.Columns)),
            ("rows", Quantity.Digits(plan.Limits.Rows)), ("decompressed", Quantity.Size(plan.Limits.DecompressedBytes)),
            ("groups", Quantity.Digits(plan.Groups)), ("open_windows", Quantity.Digits(plan.OpenWindows)),
            ("versions", Quantity.Digits(plan.Counting.Versions)), ("pending", Quantity.Digits(plan.Pending)));

        static (string, string)[] Joins(JoinFolderSettings? joins) => joins is null ? []
            : [("joins", $"{{ folder: {YamlText.Quoted(joins.Path)}, table: {(joins.HasTables ? "file" : "memory")} }}")];

        void Section(string key, params ReadOnlySpan<(string Key, string Value)> values)
        {
            yaml.Open(key);
            foreach ((string name, string value) in values) yaml.Line(name, value);
            yaml.Close();
        }
    }
}
