namespace DriftStream.Cells;

/// <summary>A column together with the value that means "yes": selected for a decision, positive for a label.</summary>
public sealed record BinaryColumn(string Column, string Positive)
{
    /// <summary>What counts as "yes" unless the config says otherwise; a bool's <c>true</c> counts as 1.</summary>
    public const string DefaultPositive = "1";
}
