using System.Runtime.InteropServices;

namespace DriftStream.Batches;

/// <summary>Makes columns with one value a row from values that are stored once for many rows: by a dictionary, or by runs.</summary>
internal static class ColumnGather
{
    /// <summary>Numbers, booleans and times: fixed-width values other than text.</summary>
    public static bool CanRead(ColumnType type) => type.Kind is >= ColumnKind.Bool and <= ColumnKind.Timestamp or ColumnKind.Duration;

    /// <summary>Gives the column the values at these places, or nulls.</summary>
    /// <param name="values">Checked; of a type that <see cref="CanRead"/> allows, or indices into a dictionary.</param>
    /// <param name="places">One a row, inside the values; <see cref="ColumnCodes.NoCode"/> for a null.</param>
    /// <param name="target">Its rows and type are already set.</param>
    /// <param name="arena">Memory for the new values.</param>
    public static Reject? Read(Column values, ReadOnlySpan<int> places, Column target, Arena arena)
    {
        int width = values.Type.ValueWidth;
        if (Validity(values, places, target, arena) is { } reject) return reject;
        if (arena.Take(width == 0 ? Bits.BytesFor(places.Length) : (long)places.Length * width, out Memory<byte> memory) is { } full) return full;
        target.Values = memory;
        ReadOnlySpan<byte> from = values.Values.Span;
        Span<byte> to = memory.Span;
        switch (width)
        {
            case 0: CopyBits(from, places, to); break;
            case 1: Copy(from, places, to); break;
            case 2: Copy(ColumnNumbers.Of<ushort>(from), places, MemoryMarshal.Cast<byte, ushort>(to)); break;
            case 4: Copy(ColumnNumbers.Of<uint>(from), places, MemoryMarshal.Cast<byte, uint>(to)); break;
            case 8: Copy(ColumnNumbers.Of<ulong>(from), places, MemoryMarshal.Cast<byte, ulong>(to)); break;
            case 16: Copy(ColumnNumbers.Of<UInt128>(from), places, MemoryMarshal.Cast<byte, UInt128>(to)); break;
            default: CopyWide(from, places, width, to); break;
        }

        return null;
    }

    /// <summary>Gives the column the validity of the values at these places.</summary>
    public static Reject? Validity(Column values, ReadOnlySpan<int> places, Column target, Arena arena)
    {
        (target.Nulls, target.Validity) = (0, default);
        if (arena.Take(Bits.BytesFor(places.Length), out Memory<byte> bits) is { } full) return full;
        bits.Span.Clear();
        for (int row = 0; row < places.Length; row++)
        {
            if (places[row] != ColumnCodes.NoCode && values.IsValid(places[row])) Bits.Set(bits.Span, row);
            else target.Nulls++;
        }

        if (target.Nulls > 0) target.Validity = bits;
        return null;
    }

    private static void Copy<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> places, Span<T> to) where T : unmanaged
    {
        for (int row = 0; row < places.Length; row++) to[row] = places[row] == ColumnCodes.NoCode ? default : from[places[row]];
    }

    private static void CopyBits(ReadOnlySpan<byte> from, ReadOnlySpan<int> places, Span<byte> to)
    {
        to.Clear();
        for (int row = 0; row < places.Length; row++)
        {
            if (places[row] != ColumnCodes.NoCode && Bits.IsSet(from, places[row])) Bits.Set(to, row);
        }
    }

    private static void CopyWide(ReadOnlySpan<byte> from, ReadOnlySpan<int> places, int width, Span<byte> to)
    {
        to.Clear();
        for (int row = 0; row < places.Length; row++)
        {
            if (places[row] != ColumnCodes.NoCode) from.Slice(places[row] * width, width).CopyTo(to[(row * width)..]);
        }
    }
}
