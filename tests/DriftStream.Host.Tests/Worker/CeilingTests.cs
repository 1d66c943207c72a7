using DriftStream.Host.Worker;
using Xunit;

namespace DriftStream.Host.Tests.Worker;

public sealed class CeilingTests
{
    [Fact]
    public void Rise_IsToldOnce_AndAgainAfterItWasBack()
    {
        var ceiling = new Ceiling(10);
        Assert.Equal(
            [false, true, false, false, false, true],
            new long[] { 10, 11, 12, 11, 10, 11 }.Select(ceiling.IsPassed));
    }
}
