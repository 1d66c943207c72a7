using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

/// <summary>Who may read pages follows from where they are, unless somebody says it.</summary>
public sealed class WebSectionTests
{
    [Theory]
    [InlineData("", PageReaders.Anyone)]
    [InlineData("web: { listen: \"[::1]:9464\" }", PageReaders.Anyone)]
    [InlineData("web: { listen: localhost:9464 }", PageReaders.Anyone)]
    [InlineData("web: { listen: 0.0.0.0:9464 }", PageReaders.Off)]
    [InlineData("web: { listen: \"*:9464\" }", PageReaders.Off)]
    [InlineData("web: { listen: 10.1.2.3:9464 }", PageReaders.Off)]
    [InlineData("web: { listen: none }", PageReaders.Off)]
    [InlineData("web: { read: off }", PageReaders.Off)]
    [InlineData("web: { listen: 0.0.0.0:9464, read: none }", PageReaders.Anyone, "open_pages")]
    [InlineData("web: { listen: 0.0.0.0:9464, read: token, token: { file: t } }", PageReaders.Token)]
    [InlineData("web: { read: none, token: { file: t } }", PageReaders.Anyone, "unused")]
    [InlineData("web: { read: header, header: { user: X-User, from: [10.0.0.0/8, \"::1\"] } }", PageReaders.Header)]
    public void Readers_FollowFromTheAddress(string web, PageReaders expected, string? warning = null)
    {
        PlanResult result = Configs.Read(Configs.Text("minimal.yaml") + "\n" + web + "\n");

        Assert.Equal(expected, result.Plan!.Web.Readers);
        Assert.Equal(warning, result.Findings.Select(f => f.Code).SingleOrDefault(c => c is "open_pages" or "unused"));
        Assert.Equal(result.Plan.Web, Configs.Read(result.Effective!).Plan!.Web);
    }
}
