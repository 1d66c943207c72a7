using DriftStream.Time;

namespace DriftStream.Windows;

/// <summary>What a model's own volume makes of the rows of a window.</summary>
/// <param name="Probability">
/// That as few rows come, in this window and in those before it that lack theirs, 0 to 1; null where no row is expected, or too little is known.
/// </param>
/// <param name="Expected">Rows that are expected in the window; null where too little is known.</param>
/// <param name="Since">Start of the first of the windows that lack theirs; null where this one does not.</param>
public sealed record VolumeReading(double? Probability, double? Expected, EventTime? Since);
