namespace DriftStream.Alerts;

/// <summary>
/// What speaks once: a signal or a group of one version of a model, in its windows of one name. Where both are null it is a statistic of
/// the whole model, which <c>OfModel</c> names. <c>Slice</c> is the <see cref="Cells.Slice.Key"/> of a signal's rows, or null for all.
/// </summary>
public readonly record struct Subject(
    string Model, string Version, string Window, string? Signal, string? Group, string? OfModel = null, string? Slice = null) : IComparable<Subject>
{
    /// <summary>The signal, the group or what else it is about; the model where it is about all of it.</summary>
    internal string Name => Signal ?? Group ?? OfModel ?? Model;

    /// <inheritdoc/>
    public int CompareTo(Subject other)
    {
        int order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Version, other.Version);
        if (order == 0) order = string.CompareOrdinal(Window, other.Window);
        if (order == 0) order = string.CompareOrdinal(Signal, other.Signal);
        if (order == 0) order = string.CompareOrdinal(Group, other.Group);
        if (order == 0) order = string.CompareOrdinal(OfModel, other.OfModel);
        return order != 0 ? order : string.CompareOrdinal(Slice, other.Slice);
    }
}

/// <summary>The subjects of a whole model that are not statistics of its rows.</summary>
public static class SubjectNames
{
    /// <summary>Rows that name a model which nobody registered.</summary>
    public const string Unowned = "unowned";

    /// <summary>Windows that could not be judged.</summary>
    public const string Unjudged = "unjudged";

    /// <summary>How well one version of a model does, by all rules on that.</summary>
    public const string Performance = "performance";

    /// <summary>Which features one version of a model relies on.</summary>
    public const string Attributions = "attributions";

    /// <summary>One KPI of a version of a model: <c>kpi conversion</c>.</summary>
    public static string OfKpi(string id) => $"kpi {id}";

    /// <summary>Rows that are lost while nothing goes on: see <see cref="Windows.Standstill"/>.</summary>
    public const string Standstill = "standstill";
}
