using Xunit;

namespace DriftStream.Tests.Batches;

/// <summary>Tests that count allocated bytes or time: a collection of other tests' garbage would be counted as theirs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class Alone
{
    public const string Name = "alone";
}
