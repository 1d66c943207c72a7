using System.Collections.Immutable;
using System.Security.Cryptography;

namespace DriftStream.Frames;

/// <summary>The secret by which a deployment names rows outside the worker that read them (<see cref="RowIds"/>); the same on every worker.</summary>
public sealed class RowSecret : IEquatable<RowSecret>
{
    /// <summary>The fewest bytes of a secret that nobody guesses.</summary>
    public const int LeastBytes = 16;

    private static readonly byte[] Purpose = "driftstream.row-secret"u8.ToArray();

    private readonly ImmutableArray<byte> _bytes;

    /// <param name="bytes">At least <see cref="LeastBytes"/> that nobody can guess.</param>
    public RowSecret(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, LeastBytes, nameof(bytes));
        _bytes = [.. bytes];
    }

    private RowSecret() => _bytes = [.. Purpose];

    /// <summary>No secret at all: whoever reads the topic <c>joins</c> can find an id by trying all of them.</summary>
    public static RowSecret None { get; } = new();

    /// <summary>Tells two secrets apart, and says nothing of them: null of <see cref="None"/>.</summary>
    public string? Name => Equals(None) ? null : Convert.ToHexStringLower(HMACSHA256.HashData(_bytes.AsSpan(), Purpose).AsSpan(0, 8));

    /// <summary>How rows of a model are named.</summary>
    public RowIds Of(string model) => new(_bytes.AsSpan(), model);

    /// <inheritdoc/>
    public bool Equals(RowSecret? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RowSecret);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes.AsSpan());
        return hash.ToHashCode();
    }
}
