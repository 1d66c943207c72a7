using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DriftStream.Alerts;

/// <summary>Ids are hashes of what they name, so that a record written twice is recognisable everywhere.</summary>
public static class Identity
{
    /// <summary>The first 32 hexadecimal digits of SHA-256 over the fields, each preceded by its length; null and empty differ.</summary>
    public static string Of(params ReadOnlySpan<string?> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (string? field in fields)
        {
            byte[] text = Encoding.UTF8.GetBytes(field ?? "");
            BinaryPrimitives.WriteInt32LittleEndian(length, field is null ? -1 : text.Length);
            hash.AppendData(length);
            hash.AppendData(text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    /// <summary>SHA-256 of documents, one after the other: <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static string Digest(IEnumerable<byte[]> documents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] document in documents) hash.AppendData(document);
        return $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
