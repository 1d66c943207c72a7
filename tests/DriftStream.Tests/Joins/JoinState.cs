using System.Collections.Immutable;
using System.Text;
using DriftStream.Joins;

namespace DriftStream.Tests.Joins;

/// <summary>What a joiner knows of sources, models and ids; as text, to compare it with what another one knows.</summary>
internal sealed record JoinState(ImmutableArray<JoinPoint> Points, ImmutableArray<JoinProgress> Models, ImmutableArray<HeldId> Held)
{
    public static JoinState Of(Joiner joiner) => new(joiner.Points, [.. joiner.Models.Select(m => m with { Began = default, Rows = [] })], joiner.Held());

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendJoin('\n', Points).AppendLine().AppendJoin('\n', Models).AppendLine();
        foreach ((string topic, LabelSource source) in Models.SelectMany(m => m.Sources))
            text.Append(topic).Append(source).AppendJoin(',', source.Lags).AppendLine();
        foreach (HeldId held in Held)
        {
            text.Append(held with { Waiting = [], Counted = [] });
            text.AppendJoin(',', held.Waiting).Append('/').AppendJoin(',', held.Counted).AppendLine();
        }

        return text.ToString();
    }
}
