namespace DriftStream.Cells;

/// <summary>A column together with the value that means "yes": selected for a decision, positive for a label.</summary>
public sealed record BinaryColumn(string Column, string Positive);
