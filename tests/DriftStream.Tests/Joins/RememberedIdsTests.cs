using CsCheck;
using DriftStream.Frames;
using Xunit;

namespace DriftStream.Tests.Joins;

/// <summary>
/// Which ids are remembered, against a dictionary. Names are hashes, so they are spread; here most belong to the same few slots of the index and share what it
/// tells them apart by, so that they stand up to a thousand slots from where they belong, and move up when others go.
/// </summary>
public sealed class RememberedIdsTests
{
    private static readonly PredictionCell Cell = new("m", "v", 0, -1, [], []);

    [Fact]
    public void Ids_AreFound_WhateverComesAndGoes()
    {
        Gen<(int Pane, ulong High, ulong Low)> row = Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 2], Gen.ULong[0, 900]);
        Gen.Select(row.Array[0, 400], Gen.Int[0, 6]).Array[1, 8].Sample(
            rounds =>
            {
                var script = new JoinScript(segmentBytes: 1_000_000);
                var ends = new Dictionary<UInt128, long>();
                (long horizon, long duplicates, int at) = (0, 0, 0);
                foreach (((int Pane, ulong High, ulong Low)[] rows, int steps) in rounds)
                {
                    var projected = new List<ProjectedRow>();
                    foreach ((int pane, ulong high, ulong low) in rows)
                    {
                        (UInt128 id, long time) = (new(high, low), ((at + pane) * JoinScript.Pane) + 1);
                        projected.Add(new ProjectedRow(default, id, new(time), Cell));
                        // The end of its pane, and what is waited after it; of what comes again the later one.
                        long end = ((at + pane + 1) * JoinScript.Pane) + JoinScript.Within + JoinScript.Lateness;
                        if (!ends.TryAdd(id, end)) (ends[id], duplicates) = (Math.Max(ends[id], end), duplicates + 1);
                    }

                    script.Write(script.Of("p", 0, [.. projected]));
                    at += steps;
                    horizon = Math.Max(horizon, at * JoinScript.Pane);
                    script.Time(horizon);
                    foreach (UInt128 gone in ends.Where(e => e.Value <= horizon).Select(e => e.Key).ToArray()) ends.Remove(gone);
                    if (!script.Joiner.Held().Select(h => h.Id).SequenceEqual(ends.Keys.Order())) return false;
                }

                return script.Fates.DuplicatePredictions == duplicates && script.Fates.IsWhole;
            },
            iter: 60);
    }
}
