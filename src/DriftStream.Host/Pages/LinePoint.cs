using DriftStream.Host.History;

namespace DriftStream.Host.Pages;

/// <summary>A number in one window, with its interval where it has one.</summary>
/// <param name="Span">From when to when.</param>
/// <param name="Start">Where the window begins, for an axis.</param>
public sealed record LinePoint(string Span, string Start, double? Value, double? Low, double? High, RankedJudgement Judgement);
