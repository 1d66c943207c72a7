using System.Text;

namespace DriftStream.Cells;

/// <summary>
/// The signs of a projection: of column j, counted from 1, the highest bit of mix(mix(seed xor h) + j * 0x9e3779b97f4a7c15) modulo 2^64, where 1 is
/// minus; h is the 64-bit FNV-1a hash of the signal's name in UTF-8, and mix the finalizer of SplitMix64. So they are the same on every machine, and
/// another name is another direction.
/// </summary>
/// <remarks>
/// G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; FNV-1a: G. Fowler, L. Noll, K.-P. Vo.
/// </remarks>
public static class ProjectionSigns
{
    private const ulong Golden = 0x9e3779b97f4a7c15;

    /// <summary>Whether a column is subtracted, one entry a column.</summary>
    /// <param name="name">The signal's name.</param>
    /// <param name="seed">The seed of its vector.</param>
    /// <param name="columns">How many columns the vector has.</param>
    public static bool[] Minus(string name, long seed, int columns)
    {
        ulong state = Mix(unchecked((ulong)seed) ^ Fnv1a(name));
        bool[] minus = new bool[columns];
        for (int j = 0; j < columns; j++) minus[j] = Mix(unchecked(state + ((ulong)(j + 1) * Golden))) >> 63 != 0;
        return minus;
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    private static ulong Fnv1a(string name)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = unchecked((hash ^ b) * 0x100000001b3);
        return hash;
    }
}
