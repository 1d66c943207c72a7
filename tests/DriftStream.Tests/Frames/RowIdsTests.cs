using System.Buffers.Binary;
using System.Text;
using DriftStream.Frames;
using Xunit;

namespace DriftStream.Tests.Frames;

public sealed class RowIdsTests
{
    /// <summary>By OpenSSL's SIPHASH with a size of 16 and, as its key, the first 16 bytes of the HMAC-SHA256 that Python makes of the model.</summary>
    [Theory]
    [InlineData("m", "", "139F30824DFF0141BBF3A7B8B22388DB")]
    [InlineData("m", "1", "FA33A127B4539C629354E3E7BC0D1D45")]
    [InlineData("m", "1234567", "96C3037FE6329A38B7EB1F10B5572FF8")]
    [InlineData("m", "12345678", "4F9A89965D79B822CD045973E59AA4EF")]
    [InlineData("Ünïcödé", "customer 7", "C8688316C947C4233AB0028ACD53D14B")]
    [InlineData("m", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "776280F45FE00665D0F981DC280EFB3B")]
    public void Name_IsTheSameForEver(string model, string id, string expected)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, new RowIds("a secret of sixteen bytes or more"u8, model).Of(Encoding.UTF8.GetBytes(id)));
        Assert.Equal(expected, Convert.ToHexString(bytes));
    }

    [Fact]
    public void Name_DiffersWithModelAndSecret()
    {
        UInt128 name = new RowIds("secret"u8, "a").Of("1"u8);
        Assert.NotEqual(name, new RowIds("Secret"u8, "a").Of("1"u8));
        Assert.NotEqual(name, new RowIds("secret"u8, "b").Of("1"u8));
        Assert.NotEqual(name, new RowIds("secret"u8, "a").Of("2"u8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(12)]
    public void Partitions_GetAboutAsMany(int partitions)
    {
        var ids = new RowIds("secret"u8, "m");
        int[] counts = new int[partitions];
        for (int i = 0; i < 12_000; i++) counts[RowIds.Partition(ids.Of(BitConverter.GetBytes(i)), partitions)]++;
        Assert.All(counts, c => Assert.InRange(c, 12_000 / partitions * .85, 12_000 / partitions * 1.15));
    }
}
