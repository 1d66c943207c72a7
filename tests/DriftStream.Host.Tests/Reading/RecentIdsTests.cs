using DriftStream.Host.Reading;
using Xunit;

namespace DriftStream.Host.Tests.Reading;

public sealed class RecentIdsTests
{
    [Fact]
    public void Add_ForgetsTheOldest()
    {
        var ids = new RecentIds(2);
        Assert.Equal([true, true, false, true, true, false], new[] { "a", "b", "b", "c", "a", "c" }.Select(ids.Add));
    }
}
