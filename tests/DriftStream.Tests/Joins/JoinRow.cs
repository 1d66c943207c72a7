namespace DriftStream.Tests.Joins;

/// <summary>A row that somebody produced.</summary>
/// <param name="IsLabel">Whether it is a label.</param>
/// <param name="Source">Number of its source partition; those of labels come last.</param>
/// <param name="Generation">Of the topic, which may be made again.</param>
/// <param name="Id">Whose it is.</param>
/// <param name="Cell">Score cell, or label cell.</param>
/// <param name="Time">Event time, or label time.</param>
/// <param name="IsRejected">The counter does not accept it.</param>
internal sealed record JoinRow(bool IsLabel, int Source, int Generation, int Id, int Cell, long Time, bool IsRejected)
{
    /// <summary>Of a prediction the code of its group: one of two, or of no known value.</summary>
    public int Group => Id % 3;

    /// <summary>The label, or what is predicted: nothing where nobody looks at the row.</summary>
    public double Number => IsLabel ? ((Id * 7) + (Time * 3) + (Cell * 5)) % 40 : Id is > 0 and < (int)JoinCheck.Late ? Id * 11 % 40 : double.NaN;
}

/// <summary>One source partition.</summary>
internal sealed class JoinSourceLog(int number)
{
    public int Number => number;

    public List<(int Bytes, int[] Rows)> Records { get; private set; } = [];

    /// <summary>What was before is gone through retention.</summary>
    public int Start { get; set; }

    public int Generation { get; private set; }

    /// <summary>By generation: what lies before this may never have been read. <see cref="int.MaxValue"/> for a topic that was replaced.</summary>
    public Dictionary<int, int> Lost { get; } = [];

    public void BeginAgain()
    {
        Lost[Generation] = int.MaxValue;
        (Records, Start, Generation) = ([], 0, Generation + 1);
    }
}
