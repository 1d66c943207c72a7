using System.Collections.Immutable;
using DriftStream.Frames;
using DriftStream.Host.Worker;
using DriftStream.Joins;
using DriftStream.Plan;
using DriftStream.Time;
using DriftStream.Windows;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace DriftStream.Host.Tests.Joins;

public sealed class JoinFolderTests : IDisposable
{
    private static readonly JoinSegments Segments = new(1000, Duration.FromHours(1));

    private static readonly JoinSettings Settings = new(
        new Dictionary<string, JoinedModel>
        {
            ["m"] = new("m", ["p", "l"], new(10), Duration.Zero, new(5), new(20), new(3), [new(20)], Corrections.First),
        }.ToImmutableSortedDictionary(),
        new QuietRule(new(30), new(50), new(100)));

    private readonly string _folder = Directory.CreateTempSubdirectory("driftstream-joins").FullName;
    private readonly Joiner _joiner = new(_ => Settings, 0, Segments);
    private long _next;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void NewestSnapshot_IsRead_TheOneBeforeWhereItIsDamaged_AndTwoAreKept()
    {
        using JoinFolder folder = New();
        JoinPosition[] positions = [.. Enumerable.Range(0, 3).Select(_ => Save(folder))];
        string[] files = Snapshots();
        Assert.Equal(2, files.Length);
        Assert.Equal(9, Load(folder, positions[2])!.Remembered);
        // Of the first of the two the record is older than the second.
        Assert.Equal(6, Load(folder, positions[1])!.Remembered);

        byte[] bytes = File.ReadAllBytes(files[1]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(files[1], bytes);
        Joiner older = Load(folder, positions[2])!;
        Assert.Equal((positions[1].Next, 6), (older.Next, older.Remembered));
        Assert.True(older.IsReplaying);

        File.WriteAllBytes(files[0], File.ReadAllBytes(files[0])[..100]);
        Assert.Null(Load(folder, positions[2]));
        folder.Discard(0);
        Assert.Empty(Snapshots());
    }

    [Fact]
    public void FolderThatIsDeletedMeanwhile_IsMadeAgain()
    {
        using JoinFolder folder = New();
        Save(folder);
        Directory.Delete(Path.Combine(_folder, "joins"), recursive: true);
        Assert.Null(Load(folder, Save(folder) with { Next = default }));
        Assert.Single(Snapshots());
    }

    /// <summary>That is no fault of the snapshot, which serves once there is room.</summary>
    [Fact]
    public void FullDisk_IsTold_AndTheSnapshotStays()
    {
        using JoinFolder folder = New();
        JoinPosition position = Save(folder);
        Assert.Throws<IOException>(() => folder.Load(0, position, _ => throw new IOException("the disk was full")));
        Assert.NotNull(Load(folder, position));
    }

    [Fact]
    public void PathOfAFile_IsTold()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        IOException refused = Assert.Throws<IOException>(() => new JoinFolder(new JoinFolderSettings(file, false), "joins", NullLogger.Instance));
        Assert.StartsWith($"engine.joins.folder: {file}: it is a file; ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PartitionsAreApart()
    {
        using JoinFolder folder = New();
        JoinPosition position = Save(folder);
        Assert.Null(folder.Load(1, position, _ => throw new InvalidOperationException()));
        Assert.Null(folder.Load(10, position, _ => throw new InvalidOperationException()));
    }

    [Fact]
    public void SnapshotThatCannotBeTaken_IsOfNoUse_AndNothingFails()
    {
        using JoinFolder folder = New();
        JoinPosition position = Save(folder);
        Assert.Null(folder.Load(0, position, _ => throw new InvalidOperationException("no plan of that offset")));
    }

    [Fact]
    public void Folder_IsOfOneProcess_AndOfOneDeployment()
    {
        using JoinFolder folder = New(), other = New("other.joins");
        IOException refused = Assert.Throws<IOException>(() => New());
        Assert.StartsWith($"engine.joins.folder: {_folder}: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("each worker needs a folder of its own that it may write to", refused.Message, StringComparison.Ordinal);
        JoinPosition position = Save(folder);
        Assert.Null(other.Load(0, position, _ => throw new InvalidOperationException()));
    }

    [Fact]
    public void WhatWasLeftByWhoeverWasKilled_IsGone_AndSnapshotsAreNot()
    {
        using (JoinFolder folder = New()) Save(folder);
        File.WriteAllText(Path.Combine(_folder, "joins", "0.unfinished"), "");
        File.WriteAllText(Path.Combine(_folder, "joins", "0-0.table"), "");
        using JoinFolder again = New();
        Assert.Equal([".snapshot", ""], Directory.EnumerateFiles(Path.Combine(_folder, "joins")).Select(Path.GetExtension).OrderDescending());
    }

    [Fact]
    public void MappedTable_HoldsWhatIsWritten_AndLeavesNothing()
    {
        var table = new MappedTable(_folder, "7");
        Memory<byte>[] blocks = [.. Enumerable.Range(0, 100).Select(_ => table.Allocate(40 << 10))];
        foreach ((int i, Memory<byte> block) in blocks.Index())
        {
            Assert.Equal(-1, block.Span.IndexOfAnyExcept((byte)0));
            block.Span.Fill((byte)(i + 1));
        }

        Assert.All(blocks.Index(), b => Assert.Equal(-1, b.Item.Span.IndexOfAnyExcept((byte)(b.Index + 1))));
        // A mebibyte, two and four.
        Assert.Equal([1 << 20, 2 << 20, 4 << 20], Directory.GetFiles(_folder, "7-*.table").Select(f => new FileInfo(f).Length).Order());
        table.Dispose();
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Throws<ObjectDisposedException>(() => blocks[0].Span[0]);
    }

    private JoinFolder New(string joins = "joins") => new(new JoinFolderSettings(_folder, HasTables: true), joins, NullLogger.Instance);

    private string[] Snapshots() => [.. Directory.GetFiles(Path.Combine(_folder, "joins"), "*.snapshot").Order()];

    private static Joiner? Load(JoinFolder folder, JoinPosition position) =>
        folder.Load(0, position, bytes => Joiner.Restore(_ => Settings, Segments, position, bytes));

    // Three further predictions, the end of their segment, and its snapshot.
    private JoinPosition Save(JoinFolder folder)
    {
        ProjectedRow[] rows = [.. Enumerable.Range(0, 3).Select(i =>
            new ProjectedRow(new(_next), (UInt128)((_next * 3) + i), new(100), new PredictionCell("m", "v", 0, -1, [], [])))];
        var projection = new Projection(
            new SourcePartition("p", 0), 'p', 1, default, 0, new(_next), new(_next + 1), EventTime.None, new(_next), [.. rows]);
        _joiner.Add(new(_next++), default, 10, projection);
        JoinPosition position = _joiner.Finish().Position!;
        long bytes = folder.Save(0, _joiner);
        Assert.Equal(bytes, new FileInfo(Snapshots()[^1]).Length);
        return position;
    }
}
