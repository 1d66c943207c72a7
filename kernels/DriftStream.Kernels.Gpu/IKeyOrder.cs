namespace DriftStream.Kernels.Gpu;

/// <summary>
/// A float as an unsigned integer of the same order. Devices compare only these keys, so no back end's treatment of NaN, subnormals or
/// fast arithmetic can change a count.
/// </summary>
/// <typeparam name="TBits">The value's bits as they lie in memory.</typeparam>
/// <typeparam name="TKey">The key.</typeparam>
internal interface IKeyOrder<TBits, TKey>
    where TBits : unmanaged
    where TKey : unmanaged
{
    static abstract bool IsNan(TBits bits);

    /// <summary>The key; both zeros have the same. NaN has one too, which means nothing.</summary>
    static abstract TKey KeyOf(TBits bits);

    static abstract bool AtMost(TKey edge, TKey value);

    /// <summary>Above the key of every number: fills up a layout.</summary>
    static abstract TKey Last { get; }
}

/// <summary>float32.</summary>
internal readonly struct KeyOrder32 : IKeyOrder<int, uint>
{
    private const uint Sign = 0x8000_0000, Infinity = 0x7F80_0000;

    public static uint Last => uint.MaxValue;

    public static bool IsNan(int bits) => ((uint)bits & ~Sign) > Infinity;

    public static uint KeyOf(int bits)
    {
        uint value = (uint)bits == Sign ? 0 : (uint)bits;
        return (value & Sign) != 0 ? ~value : value | Sign;
    }

    public static bool AtMost(uint edge, uint value) => edge <= value;
}

/// <summary>float64.</summary>
internal readonly struct KeyOrder64 : IKeyOrder<long, ulong>
{
    private const ulong Sign = 0x8000_0000_0000_0000, Infinity = 0x7FF0_0000_0000_0000;

    public static ulong Last => ulong.MaxValue;

    public static bool IsNan(long bits) => ((ulong)bits & ~Sign) > Infinity;

    public static ulong KeyOf(long bits)
    {
        ulong value = (ulong)bits == Sign ? 0 : (ulong)bits;
        return (value & Sign) != 0 ? ~value : value | Sign;
    }

    public static bool AtMost(ulong edge, ulong value) => edge <= value;
}
