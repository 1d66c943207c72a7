using System.Text;

namespace DriftStream.Frames;

/// <summary>Which counts partition holds a model.</summary>
public static class CountsPartition
{
    /// <summary>FNV-1a over the model's UTF-8 text, modulo the number of partitions: the same on every worker, forever.</summary>
    public static int Of(string model, int partitions)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(model)) hash = (hash ^ b) * 1099511628211;
        return (int)(hash % (ulong)partitions);
    }
}
