namespace DriftStream.Batches;

/// <summary>Where the elements of lists of numbers are (<see cref="Column.Items"/>). Of null rows nothing is to be asked.</summary>
public static class ColumnLists
{
    /// <summary>The row of <see cref="Column.Items"/> that the list begins with.</summary>
    public static int StartOf(Column lists, int row) => lists.Type.ListLength is > 0 and var length
        ? lists.FirstItem + (row * length)
        : Offset(lists, row);

    /// <summary>How many elements the list has.</summary>
    public static int LengthOf(Column lists, int row) => lists.Type.ListLength is > 0 and var length
        ? length
        : Offset(lists, row + 1) - Offset(lists, row);

    private static int Offset(Column lists, int row) => lists.Type.ValueWidth == sizeof(int)
        ? ColumnNumbers.Of<int>(lists.Values.Span)[row]
        : (int)ColumnNumbers.Of<long>(lists.Values.Span)[row];
}
