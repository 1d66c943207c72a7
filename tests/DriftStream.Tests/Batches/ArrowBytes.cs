using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DriftStream.Tests.Batches;

/// <summary>Writes Arrow streams by hand, right or wrong. Numbers of fields and types are those of Schema.fbs and Message.fbs.</summary>
internal static class ArrowBytes
{
    public static readonly (byte Id, FlatNode Table) Float64 = (3, new FlatNode((0, (short)2))), Utf8 = (5, new FlatNode()),
        Bool = (6, new FlatNode()), Struct = (13, new FlatNode()), Utf8View = (24, new FlatNode());

    public static (byte Id, FlatNode Table) Int(int bits, bool signed = true) => (2, new FlatNode((0, bits), (1, signed)));

    public static (byte Id, FlatNode Table) Decimal(int precision, int scale, int bits) =>
        (7, new FlatNode((0, precision), (1, scale), (2, bits)));

    public static FlatNode Field(string name, (byte Id, FlatNode Table) type, object? children = null, FlatNode? dictionary = null) =>
        new((0, name), (1, true), (2, type.Id), (3, type.Table), (4, dictionary), (5, children));

    public static FlatNode DictionaryEncoding(long id, int bits, bool signed = true) => new((0, id), (1, Int(bits, signed).Table));

    public static byte[] Schema(params FlatNode[] fields) => Schema(new FlatTables(fields));

    public static byte[] Schema(object fields, short version = 4, short endianness = 0) =>
        Message(1, new FlatNode((0, endianness), (1, fields)), [], version);

    /// <summary>A record batch message. Nodes are (length, null count).</summary>
    public static byte[] Batch(long rows, (long, long)[] nodes, byte[][] buffers, object? compression = null, long[]? views = null) =>
        Message(3, BatchTable(rows, Pairs(nodes), Pairs(Places(buffers)), compression, views), Body(buffers));

    public static byte[] Dictionary(long id, long rows, long nulls, byte[][] buffers, bool delta = false) =>
        Message(2, new FlatNode((0, id), (1, BatchTable(rows, Pairs([(rows, nulls)]), Pairs(Places(buffers)))), (2, delta)), Body(buffers));

    public static FlatNode BatchTable(long rows, object nodes, object buffers, object? compression = null, long[]? views = null) => new(
        (0, rows), (1, nodes), (2, buffers), (3, compression),
        (4, views is null ? null : new FlatVector(MemoryMarshal.AsBytes(views.AsSpan()).ToArray(), views.Length)));

    public static FlatNode Codec(byte codec) => new((0, codec), (1, (byte)0));

    public static byte[] Message(byte header, FlatNode table, byte[] body, short version = 4, long? bodyLength = null)
    {
        byte[] metadata = new FlatNode((0, version), (1, header), (2, table), (3, bodyLength ?? body.Length)).ToBytes();
        byte[] prefix = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(4), metadata.Length);
        return [.. prefix, .. metadata, .. body];
    }

    public static byte[] Stream(params byte[][] messages) => [.. messages.SelectMany(m => m), 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

    public static FlatVector Pairs((long, long)[] pairs, uint? claimed = null) =>
        new(MemoryMarshal.AsBytes(pairs.SelectMany(p => new[] { p.Item1, p.Item2 }).ToArray().AsSpan()).ToArray(), pairs.Length, claimed);

    /// <summary>Where the buffers lie, one after the other, each at a multiple of eight.</summary>
    public static (long, long)[] Places(byte[][] buffers)
    {
        long at = 0;
        return [.. buffers.Select(buffer =>
        {
            (long, long) place = (at, buffer.Length);
            at += (buffer.Length + 7) / 8 * 8;
            return place;
        })];
    }

    public static byte[] Body(byte[][] buffers) => [.. buffers.SelectMany(b => b.Concat(new byte[(8 - (b.Length % 8)) % 8]))];

    public static byte[] Bytes<T>(params T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    public static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
