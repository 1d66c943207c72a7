namespace DriftStream.Cells;

/// <summary>A column together with the value that means "yes": selected for a decision, positive for a label.</summary>
public sealed record BinaryColumn(string Column, string Positive)
{
    /// <summary>What counts as "yes" unless the config says otherwise; a bool's <c>true</c> counts as 1.</summary>
    public const string DefaultPositive = "1";

    /// <summary>What a code of its index means in a table: code 0 is yes, 1 is any other value, 2 is null; states are 0 no, 1 yes, 2 missing.</summary>
    internal static int State(int code) => code == 2 ? 2 : 1 - code;
}
