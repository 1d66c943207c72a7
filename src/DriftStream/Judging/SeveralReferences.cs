using System.Collections.Immutable;

namespace DriftStream.Judging;

/// <summary>One signal against the leading baseline and against further ones: one judgement, for one thing has changed or has not.</summary>
internal sealed class SeveralReferences(SignalCase leading, ImmutableArray<(WindowReference Reference, SignalCase Case)> further)
{
    /// <summary>All cases, the leading one first.</summary>
    public IEnumerable<SignalCase> Cases => further.Select(f => f.Case).Prepend(leading);

    /// <param name="family">How many p-values the window has.</param>
    public JudgedSignal Verdict(int family)
    {
        JudgedSignal judged = leading.Verdict(family);
        foreach ((WindowReference reference, SignalCase signal) in further) judged = Join(judged, signal.Verdict(family), reference);
        return judged;
    }

    private static JudgedSignal Join(JudgedSignal so, JudgedSignal other, WindowReference reference)
    {
        so = so with { Statistics = [.. so.Statistics, .. other.Statistics.Select(s => s with { Against = reference.Name })] };
        bool leads = other.Judgement switch
        {
            Judgement.Drifting => so.Judgement != Judgement.Drifting,
            // Rows of the stream come and go: that there are too few of them leaves open nothing that the leading baseline has settled.
            Judgement.Insufficient => !reference.OfStream && so.Judgement is Judgement.Steady or Judgement.Unjudged,
            Judgement.Steady => so.Judgement == Judgement.Unjudged,
            Judgement.Unjudged => false,
        };
        return leads ? so with { Judgement = other.Judgement, Why = other.Why, Cells = other.Cells, Moved = other.Moved, IsOneCell = other.IsOneCell } : so;
    }
}
