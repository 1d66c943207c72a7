using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DriftStream.Host.History;
using DriftStream.Host.Pages;
using DriftStream.Host.Tests.History;
using DriftStream.Plan;
using Xunit;

namespace DriftStream.Host.Tests.Pages;

/// <summary>Names that others chose, of models, signals, categories, versions and people: on every page they are text, and short.</summary>
public sealed partial class HostileNamesTests
{
    public static TheoryData<string> Names { get; } =
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></svg></style><script>x</script>",
            "javascript:alert(1)",
        "{{7*7}}${7*7}@Model", "\u202Etxt.exe\u2066\u200B\uFEFF", "a\r\nSet-Cookie: x=1\0\u0085\u2028", new string('x', 10_000), new string('<', 10_000),
            "\uD800 half a character",
        "e\u0301" + new string('\u0301', 5000), "..%2f..%2f", "",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Names_AreInert_OnEveryPage(string name)
    {
        using HistoryStore store = Records.Memory();
        Assert.True(Records.Writer(store).TryWrite(
        [
            .. Enumerable.Range(0, 3).Select(d => Records.Verdict(name, d, signal: name, version: name, category: name, judgement: "drifting")),
            Records.Alert(name, "e", 1, "firing", summary: name), Records.Alert(name, "f", 1, "resolved", summary: name),
        ], Records.At(1)));
        DriftPlan plan = Kafka.Plans.Small(new KafkaSettings("none", ImmutableSortedDictionary<string, string>.Empty));
        var site = new Site(new HistoryReader(store), () => plan, TimeProvider.System);
        // Half a character does not outlive JSON.
        string known = site.History.Models().Single().Id;
        var query = new ModelQuery(known, null, null, 30, null, null, null, true);
        string[] pages =
        [
            await PageText.Of<FleetPage>(("View", site.Fleet(null, 1)), ("Reader", name)), await PageText.Of<FleetPage>(("View", site.Fleet(name, 1))),
            await PageText.Of<OwnerPage>(("View", site.Owner("team"))), await PageText.Of<ModelPage>(("View", site.Model(query)), ("Reader", name)),
            await PageText.Of<EpisodePage>(("View", site.Episode("e")), ("Answerer", "team"), ("Outcome", name)),
            await PageText.Of<EpisodePage>(("View", site.Episode("f"))),
        ];

        foreach (string page in pages)
        {
            Assert.Empty(Elements().Matches(page).Select(m => m.Groups[1].Value).Where(e => !Allowed.Contains(e)).Distinct());
            // What is between quotes is a value, since no value holds one.
            Assert.DoesNotMatch(Handlers(), Values().Replace(page, "\"\""));
            Assert.DoesNotContain("javascript:", Links(page), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(page, c => c is '\0' or '\u202E' or '\u2066' or '\u200B' or '\uFEFF' or '\u2028' or '\u0085' || char.IsSurrogate(c));
            Assert.InRange(page.Length, 1000, 1_000_000); // an address needs a whole name, three characters for one
        }
    }

    private static readonly HashSet<string> Allowed =
    [
        .. ("html head meta title link body a header nav form label input button span main footer p time h1 h2 h3 h4 dl dt dd section article div ul ol li "
            + "table caption thead tbody tr th td b code svg g path rect circle text defs pattern").Split(' '),
    ];

    private static string Links(string page) => string.Join('\n', Hrefs().Matches(page).Select(m => m.Groups[1].Value));

    [GeneratedRegex("<([a-zA-Z][a-zA-Z0-9]*)")]
    private static partial Regex Elements();

    [GeneratedRegex("""<[a-z][^>]*\s(style|on[a-z]+)\s*=""", RegexOptions.IgnoreCase)]
    private static partial Regex Handlers();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Values();

    [GeneratedRegex("""href="([^"]*)""")]
    private static partial Regex Hrefs();
}
