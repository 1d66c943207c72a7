using System.Collections.Immutable;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Tests.Plan;

public sealed class CatalogInfoTests
{
    /// <summary>Of the form of the examples in Backstage's documentation.</summary>
    private const string Catalogue = """
        apiVersion: backstage.io/v1alpha1
        kind: Component
        metadata:
          name: employment
          description: |
            Predicts whether somebody
            has work
          annotations:
            example.com/service-discovery: ${{ artistweb }}
        spec:
          type: ml-model
          owner: group:default/labour
        ---
        apiVersion: backstage.io/v1alpha1
        kind: Group
        metadata: { name: labour }
        spec: { type: team, profile: { displayName: "Labour: insights", email: labour@example.org }, children: [] }
        ---
        kind: System
        metadata: { name: artists }
        spec: { owner: artist-relations }
        ---
        kind: Resource
        metadata: { name: scores }
        spec: { owner: user:music/jane }
        ---
        kind: User
        metadata: { name: jane, namespace: music }
        spec: { profile: { email: jane@example.org } }
        ---
        """;

    [Fact]
    public void Owners_AreThoseThatEntitiesName_WithTheAddressesOfTheirGroups()
    {
        string? fragment = CatalogInfo.Fragment("catalog-info.yaml", Catalogue, out ImmutableArray<Finding> findings);
        Assert.Empty(findings);
        Assert.Equal(
            """
            owners:
              - id: artist-relations
                contact: # fill in: the catalogue has no address of it
              - id: labour
                name: "Labour: insights"
                contact: "labour@example.org"
              - id: music.jane
                contact: "jane@example.org"
            # What is a model: without '#', with its topics and a reference.
            # models:
            #   - id: employment
            #     owner: labour
            #     purpose: "Predicts whether somebody has work"
            #     sources: [{ topic: fill-in }]
            #     baseline: { learn: 7d }
            #   - id: scores
            #     owner: music.jane
            #     sources: [{ topic: fill-in }]
            #     baseline: { learn: 7d }

            """, fragment);
    }

    /// <summary>What is filled in and without its '#' is a file to include.</summary>
    [Fact]
    public void Fragment_CanBeIncluded()
    {
        string fragment = CatalogInfo.Fragment("catalog-info.yaml", Catalogue, out _)!;
        PlanResult open = Included(fragment);
        Assert.Equal(["no_value"], open.Findings.Where(f => f.File != Configs.File).Select(f => f.Code));
        string[] lines = fragment.Replace("# fill in: the catalogue has no address of it", "a", StringComparison.Ordinal).Split('\n');
        int topics = 0;
        PlanResult filled = Included(string.Join('\n', lines
            .Where(l => !l.StartsWith("# What", StringComparison.Ordinal))
            .Select(l => l.StartsWith('#') ? l[2..] : l)
            .Select(l => l.Contains("fill-in", StringComparison.Ordinal) ? l.Replace("fill-in", $"topic-{++topics}", StringComparison.Ordinal) : l)));
        Assert.DoesNotContain(filled.Findings, f => f.Severity == FindingSeverity.Error);
        Assert.Equal(["employment", "scores"], filled.Plan!.Models.Select(m => m.Id));
    }

    [Theory]
    [InlineData("kind: Location\nmetadata: { name: x }\nspec: { targets: [a] }", "no_owner")]
    [InlineData("a: [", "yaml_syntax")]
    [InlineData("", "no_owner")]
    public void CatalogueWithoutOwners_IsRefused(string text, string code)
    {
        Assert.Null(CatalogInfo.Fragment("catalog-info.yaml", text, out ImmutableArray<Finding> findings));
        Assert.Equal([code], findings.Select(f => f.Code));
    }

    private static PlanResult Included(string text) => PlanReader.Read(
        Configs.File, "include: [a.yaml]\nroot_owner: labour\n", _ => BaselineLoad.Of(Configs.Employment), _ => null, _ => text, p => [p]);
}
