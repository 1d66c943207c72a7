using System.Collections.Immutable;
using DriftStream.Judging;
using DriftStream.Statistics;

namespace DriftStream.Plan;

/// <summary>A statistic that a rule may name: what the catalogue says of it, over all kinds of signals.</summary>
/// <param name="Name">Its name in the config and in every message.</param>
/// <param name="OfGroups">It compares the values of a group; otherwise it compares a signal with its baseline.</param>
/// <param name="Most">The greatest value it can take: thresholds lie between 0 and this.</param>
/// <param name="OfModel">It is about the rows of the whole model: a rule names neither a signal nor a group.</param>
/// <param name="OfCells">It is of the cells that a rule names.</param>
internal sealed record KnownStatistic(string Name, bool OfGroups, double Most, bool OfModel = false, bool OfCells = false)
{
    /// <summary>The least value it can take.</summary>
    public double Least { get; init; }

    /// <summary>It says how well the model does, or what it relies on: a rule names neither a signal nor a group.</summary>
    public bool OfOutcomes { get; init; }

    /// <summary>Where labels are classes it is of one of them, which a rule names.</summary>
    public bool OfClass => Entries.Any(e => e.OfClass);

    /// <summary>It compares which features the model relies on.</summary>
    public bool OfAttributions { get; init; }

    /// <summary>A rule may ask for a confidence.</summary>
    public bool HasInterval { get; init; } = true;

    /// <summary>Every statistic that is built.</summary>
    public static ImmutableArray<KnownStatistic> All { get; } =
    [
        .. StatisticCatalog.Entries
            .DistinctBy(e => e.Name)
            .Select(e => new KnownStatistic(e.Name, e.Table, e.Most, OfCells: e.OfCells)
            {
                Least = e.Least,
                OfOutcomes = e.Outcome || e.Estimates is not null || e.OfAttributions,
                OfAttributions = e.OfAttributions,
                HasInterval = e.OfAttributions ? false : !e.Outcome || e.HasError,
            }),
        .. LossJudge.Statistics.Select(s => new KnownStatistic(s.Name, false, s.Most, OfModel: true)),
    ];

    /// <summary>The conventions it can be asked for in a stream.</summary>
    public IEnumerable<string> Conventions => Entries.Select(e => e.Convention).OfType<string>().Distinct();

    public bool Has(string? convention) => Entries.Any(e => e.Convention == convention);

    public bool HasPValue(string? convention) => Entries.Any(e => e.Convention == convention && e.HasPValue);

    /// <summary>Whether the convention needs the raw rows of both samples; a stream keeps only counts.</summary>
    public bool NeedsRows(string convention) => StatisticCatalog.NeedRows.Contains((Name, convention));

    public static KnownStatistic? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    private IEnumerable<CatalogEntry> Entries => StatisticCatalog.Entries.Where(e => e.Name == Name);
}
