namespace DriftStream.Cells;

/// <summary>
/// Does the same work on columns that know nothing of each other, in any order or at the same time, and returns when all of it is done. The engine has no
/// threads; whoever has some lends them by this.
/// </summary>
/// <param name="count">How many columns.</param>
/// <param name="work">The work on one, by its number.</param>
public delegate void EachColumn(int count, Action<int> work);

/// <summary>Work on columns without threads.</summary>
internal static class OneByOne
{
    public static void Each(int count, Action<int> work)
    {
        for (int i = 0; i < count; i++) work(i);
    }
}
