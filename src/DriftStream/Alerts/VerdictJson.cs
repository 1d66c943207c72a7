using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using DriftStream.Judging;
using DriftStream.Statistics;
using DriftStream.Time;
using DriftStream.Windows;

namespace DriftStream.Alerts;

/// <summary>A verdict as the JSON of the verdicts topic, in parts where it would be too large for one message.</summary>
public static class VerdictJson
{
    /// <summary>The size in bytes at which the signals go on in another part.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>So many features that contribute most are told, of the window and of the reference.</summary>
    private const int MostAttributions = 50;

    /// <summary>The id of one part of a verdict, from 0: a hash of model, version, window and baseline, whatever was counted.</summary>
    public static string IdOf(Verdict verdict, int part) => Identity.Of(
        // The version of such a window is text for people, and a model may have a version of that name.
        verdict.Window.Rest ? "verdict of other versions" : "verdict",
        verdict.Window.Model,
        verdict.Window.Version,
        verdict.Window.Window.Name,
        EventTime.Format(verdict.Window.Start),
        EventTime.Format(verdict.Window.End),
        verdict.Window.CutBy?.ToString(),
        verdict.BaselineHash,
        "1",
        part.ToString());

    /// <summary>One document, or several that differ in <c>part</c> and share everything but their signals and groups.</summary>
    public static IReadOnlyList<byte[]> Write(Verdict verdict)
    {
        ImmutableArray<JudgedSignal> signals = verdict.Shown;
        byte[] whole = Write(verdict, 0, 1, signals);
        if (whole.Length <= MaxBytes || signals.Length < 2) return [whole];
        List<int> ends = Split(signals, MaxBytes - Write(verdict, 0, int.MaxValue, []).Length);
        var documents = new byte[ends.Count][];
        for (int part = 0; part < documents.Length; part++)
            documents[part] = Write(verdict, part, documents.Length, signals[(part == 0 ? 0 : ends[part - 1])..ends[part]]);
        return documents;
    }

    // As many signals into each part as fit beside what all parts share; one that fits nowhere gets a part of its own.
    private static List<int> Split(ImmutableArray<JudgedSignal> signals, int room)
    {
        var ends = new List<int>();
        var buffer = new ArrayBufferWriter<byte>(4096);
        int used = 0;
        for (int i = 0; i < signals.Length; i++)
        {
            buffer.ResetWrittenCount();
            using (Utf8JsonWriter json = StatisticJson.Writer(buffer)) Write(signals[i], json);
            int next = buffer.WrittenCount + 1;
            if (used > 0 && used + next > room)
            {
                ends.Add(i);
                used = 0;
            }

            used += next;
        }

        ends.Add(signals.Length);
        return ends;
    }

    private static byte[] Write(Verdict verdict, int part, int parts, ImmutableArray<JudgedSignal> signals)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (Utf8JsonWriter json = StatisticJson.Writer(buffer))
        {
            ClosedWindow window = verdict.Window;
            json.WriteStartObject();
            json.WriteString("id", IdOf(verdict, part));
            if (parts > 1)
            {
                json.WriteNumber("part", part);
                json.WriteNumber("parts", parts);
            }

            json.WriteString("model", window.Model);
            json.WriteString("version", window.Version);
            if (window.Rest) json.WriteBoolean("other_versions", true);
            WriteWindow(window, json);
            if (window.Delay is { } delay) json.WriteString("delay", delay.Spell());
            json.WriteNumber("rows", window.Rows);
            json.WriteNumber("late_rows", window.LateRows);
            WriteLosses(verdict, json);
            json.WriteString("judgement", StatisticJson.Name(verdict.Judgement));
            json.WriteString("why", verdict.Why);
            json.WriteStartArray("signals");
            foreach (JudgedSignal signal in signals) Write(signal, json);
            json.WriteEndArray();
            WriteSlices(verdict, json);
            json.WriteStartArray("groups");
            if (part == 0) foreach (JudgedGroup group in verdict.Groups) Write(group, json);
            json.WriteEndArray();
            if (part == 0 && verdict.Performance is { } performance) PerformanceJson.Write(performance, json);
            if (part == 0 && verdict.Attributions is { } attributions) Write(attributions, json);
            if (part == 0 && !verdict.Kpis.IsEmpty)
            {
                json.WriteStartArray("kpis");
                foreach (JudgedKpi kpi in verdict.Kpis) KpiJson.Write(kpi, json);
                json.WriteEndArray();
            }

            json.WriteString("baseline", verdict.BaselineHash.Length == 0 ? null : verdict.BaselineHash);
            WriteSeveral(json, "baselines", verdict.Baselines);
            WriteReferences(json, verdict.References);
            json.WriteString("plan", verdict.Plan);
            WriteSeveral(json, "plans", verdict.Plans);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteSeveral(Utf8JsonWriter json, string name, ImmutableArray<string> hashes)
    {
        if (!hashes.IsEmpty) StatisticJson.Strings(json, name, hashes);
    }

    private static void WriteReferences(Utf8JsonWriter json, ImmutableArray<WindowReference> references)
    {
        if (references.IsEmpty) return;
        json.WriteStartArray("references");
        foreach (WindowReference reference in references)
        {
            json.WriteStartObject();
            json.WriteString("name", reference.Name);
            if (reference.Hash is not null) json.WriteString("hash", reference.Hash);
            json.WriteNumber("rows", reference.Rows);
            json.WriteString("from", reference.Panes is { } first ? EventTime.Format(first.Start) : null);
            json.WriteString("to", reference.Panes is { } last ? EventTime.Format(last.End) : null);
            json.WriteString("version", reference.Version);
            if (reference.Why is not null) json.WriteString("why", reference.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // How many there are, since most of them are not shown.
    private static void WriteSlices(Verdict verdict, Utf8JsonWriter json)
    {
        if (verdict.Slices.IsEmpty) return;
        json.WriteStartObject("slices");
        json.WriteNumber("count", verdict.Slices.Length);
        json.WriteNumber("drifting", verdict.Slices.Count(s => s.Judgement == Judgement.Drifting));
        json.WriteNumber("insufficient", verdict.Slices.Count(s => s.Judgement == Judgement.Insufficient));
        json.WriteEndObject();
    }

    private static void WriteLosses(Verdict verdict, Utf8JsonWriter json)
    {
        if (verdict.Window.Lost is not { } lost) return;
        json.WriteStartObject("lost");
        json.WriteNumber("late", lost.Counts.Late);
        json.WriteNumber("overtaken", lost.Counts.Overtaken);
        json.WriteNumber("future", lost.Counts.Future);
        json.WriteNumber("rejected", lost.Counts.Rejected);
        json.WriteNumber("dropped", lost.Counts.Dropped);
        json.WriteNumber("unreadable_messages", lost.Counts.Unreadable);
        StatisticJson.Number(json, "share", lost.Share);
        json.WriteEndObject();
        json.WriteStartArray("overtaken");
        foreach (OvertakenRows overtaken in lost.Overtaken)
        {
            json.WriteStartObject();
            json.WriteString("window", EventTime.Format(overtaken.Start));
            json.WriteNumber("rows", overtaken.Rows);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("statistics");
        foreach (JudgedStatistic statistic in verdict.OfModel) StatisticJson.Write(statistic, json, judged: true);
        json.WriteEndArray();
    }

    private static void WriteWindow(ClosedWindow window, Utf8JsonWriter json)
    {
        json.WriteStartObject("window");
        json.WriteString("name", window.Window.Name);
        json.WriteString("start", EventTime.Format(window.Start));
        json.WriteString("end", EventTime.Format(window.End));
        if (window.Window.DaysOf is { } zone) json.WriteString("zone", zone.Id);
        json.WriteBoolean("complete", window.Complete);
        if (!window.Complete && !window.Incomplete.IsEmpty) json.WriteString("incomplete", string.Join("; ", window.Incomplete));
        json.WriteEndObject();
    }

    private static void Write(JudgedSignal signal, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("signal", signal.Signal);
        StatisticJson.Write(signal.Slice, json);
        json.WriteNumber("rows", signal.Rows);
        json.WriteNumber("missing", signal.Missing);
        json.WriteNumber("unseen", signal.Unseen);
        json.WriteString("judgement", StatisticJson.Name(signal.Judgement));
        if (signal.Why is not null) json.WriteString("why", signal.Why);
        if (signal.DesignEffect is not null) StatisticJson.Number(json, "design_effect", signal.DesignEffect);
        if (signal.Pair is { } pair) Write(pair, json);
        json.WriteStartArray("statistics");
        foreach (JudgedStatistic statistic in signal.Statistics) StatisticJson.Write(statistic, json, judged: true);
        json.WriteEndArray();
        if (signal.Shares is { } shares) Write(shares, json);
        json.WriteEndObject();
    }

    private static void Write(SignalShares shares, Utf8JsonWriter json)
    {
        json.WriteStartObject("shares");
        StatisticJson.Strings(json, "cells", shares.Cells);
        Numbers("reference", shares.Reference);
        Numbers("window", shares.Window);
        json.WriteEndObject();

        void Numbers(string name, ImmutableArray<double> values)
        {
            json.WriteStartArray(name);
            foreach (double value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }
    }

    private static void Write(JudgedPair pair, Utf8JsonWriter json)
    {
        json.WriteStartObject("pair");
        StatisticJson.Strings(json, "columns", [pair.First, pair.Second]);
        Write("reference", pair.Reference);
        Write("window", pair.Window);
        json.WriteEndObject();

        void Write(string name, PairDependence of)
        {
            json.WriteStartObject(name);
            json.WriteNumber("rows", of.Rows);
            StatisticJson.Number(json, "correlation", of.Correlation?.Value);
            StatisticJson.Interval(json, "interval", of.Correlation?.Low, of.Correlation?.High);
            StatisticJson.Number(json, "cramers_v", of.CramersV);
            StatisticJson.Number(json, "mutual_information", of.MutualInformation);
            json.WriteEndObject();
        }
    }

    private static void Write(JudgedGroup group, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("group", group.Group);
        json.WriteString("statistic", group.Statistic.Name);
        StatisticJson.Number(json, "value", group.Statistic.Value);
        StatisticJson.Interval(json, "interval", group.Statistic.Low, group.Statistic.High);
        json.WriteString("rule", group.Statistic.Rule);
        json.WriteString("judgement", StatisticJson.Name(group.Statistic.Judgement));
        if (group.Why is not null) json.WriteString("why", group.Why);
        if (group.Labelled is var (selected, rejected)) WriteLabels(group, selected, rejected, json);
        StatisticJson.WriteBy(group.By, json);
        json.WriteEndObject();
    }

    private static void Write(JudgedAttributions attributions, Utf8JsonWriter json)
    {
        json.WriteStartObject("attributions");
        json.WriteString("judgement", StatisticJson.Name(attributions.Judgement));
        if (attributions.Why is { } why) json.WriteString("why", why);
        json.WriteStartArray("statistics");
        foreach (JudgedStatistic statistic in attributions.Judged) StatisticJson.Write(statistic, json, judged: true);
        json.WriteEndArray();
        json.WriteStartArray("features");
        foreach (FeatureAttribution feature in attributions.Ranking.Features.Where(f => Math.Min(f.Rank, f.ReferenceRank) <= MostAttributions))
        {
            json.WriteStartObject();
            json.WriteString("feature", feature.Feature);
            json.WriteNumber("rank", feature.Rank);
            json.WriteNumber("reference_rank", feature.ReferenceRank);
            StatisticJson.Number(json, "mean", feature.Window);
            StatisticJson.Number(json, "reference_mean", feature.Reference);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLabels(JudgedGroup group, LabelCoverage selected, LabelCoverage rejected, Utf8JsonWriter json)
    {
        json.WriteString("rate", JsonNamingPolicy.SnakeCaseLower.ConvertName(group.Of.ToString()));
        PerformanceJson.WriteLabels("labels", PerformanceJson.All(selected, rejected), selected, json);
        json.WriteStartArray("labels_by");
        foreach (GroupCoverage of in group.LabelledBy)
        {
            json.WriteStartObject();
            json.WriteString("value", of.Value);
            PerformanceJson.WriteLabels(PerformanceJson.All(of.Selected, of.Rejected), of.Selected, json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
