using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DriftStream.Kernels;

/// <summary>64 rows in one register.</summary>
internal readonly unsafe struct ByteLanes512 : IByteLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Equal(byte* codes, byte code) =>
        Vector512.Equals(Vector512.Load(codes), Vector512.Create(code)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to)
    {
        Vector512<byte> states = Spread(three, 3) + Spread(six, 6) + Spread(one, 1) + Spread(two, 2);
        Vector512<byte> groups = Vector512.Load(codes);
        (Vector512.WidenLower(groups) | (Vector512.WidenLower(states) << 8)).Store(to);
        (Vector512.WidenUpper(groups) | (Vector512.WidenUpper(states) << 8)).Store(to + 32);
    }

    // Every lane looks at the byte that holds its bit, then at the bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Spread(ulong bits, byte value)
    {
        Vector512<byte> bit = Vector512.Create(0x8040_2010_0804_0201UL).AsByte();
        Vector512<byte> bytes = Vector512.ShuffleNative(Vector512.Create(bits).AsByte(), Vector512.Create(
            0UL, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303,
            0x0404_0404_0404_0404, 0x0505_0505_0505_0505, 0x0606_0606_0606_0606, 0x0707_0707_0707_0707).AsByte());
        return Vector512.Equals(bytes & bit, bit) & Vector512.Create(value);
    }
}

/// <summary>64 rows in two registers.</summary>
internal readonly unsafe struct ByteLanes256 : IByteLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Equal(byte* codes, byte code)
    {
        var wanted = Vector256.Create(code);
        return Vector256.Equals(Vector256.Load(codes), wanted).ExtractMostSignificantBits()
            | ((ulong)Vector256.Equals(Vector256.Load(codes + 32), wanted).ExtractMostSignificantBits() << 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to)
    {
        for (int i = 0; i < 64; i += 32)
        {
            Vector256<byte> states = Spread((uint)(three >> i), 3) + Spread((uint)(six >> i), 6)
                + Spread((uint)(one >> i), 1) + Spread((uint)(two >> i), 2);
            Vector256<byte> groups = Vector256.Load(codes + i);
            (Vector256.WidenLower(groups) | (Vector256.WidenLower(states) << 8)).Store(to + i);
            (Vector256.WidenUpper(groups) | (Vector256.WidenUpper(states) << 8)).Store(to + i + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Spread(uint bits, byte value)
    {
        Vector256<byte> bit = Vector256.Create(0x8040_2010_0804_0201UL).AsByte();
        Vector256<byte> bytes = Vector256.Shuffle(Vector256.Create(bits).AsByte(), Vector256.Create(
            0UL, 0x0101_0101_0101_0101, 0x1212_1212_1212_1212, 0x1313_1313_1313_1313).AsByte());
        return Vector256.Equals(bytes & bit, bit) & Vector256.Create(value);
    }
}

/// <summary>64 rows in four registers.</summary>
internal readonly unsafe struct ByteLanes128 : IByteLanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Equal(byte* codes, byte code)
    {
        var wanted = Vector128.Create(code);
        ulong rows = 0;
        for (int i = 0; i < 64; i += 16)
            rows |= (ulong)Vector128.Equals(Vector128.Load(codes + i), wanted).ExtractMostSignificantBits() << i;
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to)
    {
        for (int i = 0; i < 64; i += 16)
        {
            Vector128<byte> states = Spread((ushort)(three >> i), 3) + Spread((ushort)(six >> i), 6)
                + Spread((ushort)(one >> i), 1) + Spread((ushort)(two >> i), 2);
            Vector128<byte> groups = Vector128.Load(codes + i);
            (Vector128.WidenLower(groups) | (Vector128.WidenLower(states) << 8)).Store(to + i);
            (Vector128.WidenUpper(groups) | (Vector128.WidenUpper(states) << 8)).Store(to + i + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Spread(ushort bits, byte value)
    {
        Vector128<byte> bit = Vector128.Create(0x8040_2010_0804_0201UL).AsByte();
        var bytes = Vector128.Create((byte)bits * 0x0101_0101_0101_0101UL, (ulong)(bits >> 8) * 0x0101_0101_0101_0101UL).AsByte();
        return Vector128.Equals(bytes & bit, bit) & Vector128.Create(value);
    }
}

/// <summary>One row at a time.</summary>
internal readonly unsafe struct ByteLane : IByteLanes
{
    public static ulong Equal(byte* codes, byte code)
    {
        ulong rows = 0;
        for (int i = 0; i < 64; i++) rows |= (codes[i] == code ? 1UL : 0) << i;
        return rows;
    }

    public static void Combine(byte* codes, ulong three, ulong six, ulong one, ulong two, ushort* to)
    {
        for (int i = 0; i < 64; i++)
        {
            ulong state = (3 * (three >> i & 1)) + (6 * (six >> i & 1)) + (one >> i & 1) + (2 * (two >> i & 1));
            to[i] = (ushort)(codes[i] | (state << 8));
        }
    }
}
