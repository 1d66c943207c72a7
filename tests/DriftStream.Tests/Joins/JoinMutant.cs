namespace DriftStream.Tests.Joins;

/// <summary>One thing done wrong, which the laws must notice.</summary>
public enum JoinMutant
{
    None,

    // Of the counter that projects.
    PositionBeforeAllPartitions,
    BeginsAtTheLastFlush,
    LateRowsLeftOut,

    // Of the joiner.
    NoDedupe,
    DedupeBySession,
    RestartsAtTheSegment,
    RestartsWithTheNewestPoints,
    HorizonOverPredictionsAlone,
    ExpiresByTheClock,
    CorrectionsOnlyAdd,
    DelayNotFrozen,
    HeaderBeforeEntries,
    UnreportedIgnored,
    TimeBeforeRows,
    ZeroNotWritten,
    ClaimsIdle,
    RestartsWithoutRefusals,
    RestartsWithoutNumbers,
    SnapshotWithoutReplay,
    SnapshotWithItsOwnRefusals,
}
