using System.Buffers.Binary;
using System.Text;

namespace DriftStream.Tests.Batches;

/// <summary>A vector of structs or scalars; <see cref="Claimed"/> is a length to lie with.</summary>
internal sealed record FlatVector(byte[] Bytes, int Count, uint? Claimed = null);

/// <summary>A vector of tables; an item of null is a table offset that leads <see cref="Back"/> bytes back.</summary>
internal sealed record FlatTables(FlatNode?[] Items, uint? Claimed = null, int Back = 0);

/// <summary>
/// A table of a flatbuffer to be written, as an encoder that is not the one under test: fields by number, values of the types bool, byte,
/// short, int, long, string, <see cref="FlatNode"/>, <see cref="FlatVector"/> and <see cref="FlatTables"/>; null is an absent field.
/// </summary>
internal sealed class FlatNode(params (int Field, object? Value)[] fields)
{
    /// <summary>The buffer with this table as its root.</summary>
    public byte[] ToBytes()
    {
        List<byte> bytes = [0, 0, 0, 0, 0, 0, 0, 0];
        Patch(bytes, 0, Write(bytes));
        Pad(bytes);
        return [.. bytes];
    }

    private int Write(List<byte> bytes)
    {
        Pad(bytes);
        (int Field, object Value)[] present = [.. fields.Where(f => f.Value is not null).Select(f => (f.Field, f.Value!))];
        int slots = present.Length == 0 ? 0 : present.Max(f => f.Field) + 1;
        int vtable = bytes.Count;
        bytes.AddRange(new byte[(4 + (2 * slots) + 7) / 8 * 8]);
        int table = bytes.Count;
        bytes.AddRange(new byte[8 + (8 * present.Length)]); // the offset to the vtable, then eight bytes a field
        void Short(int at, int value)
        {
            bytes[at] = (byte)value;
            bytes[at + 1] = (byte)(value >> 8);
        }

        Short(vtable, 4 + (2 * slots));
        Short(vtable + 2, 8 + (8 * present.Length));
        PatchWord(bytes, table, table - vtable);
        List<(int At, object Value)> later = [];
        for (int i = 0; i < present.Length; i++)
        {
            int at = table + 8 + (8 * i);
            Short(vtable + 4 + (2 * present[i].Field), at - table);
            long scalar = present[i].Value switch { bool b => b ? 1 : 0, byte b => b, short s => s, int n => n, long n => n, _ => 0 };
            for (int k = 0; k < 8; k++) bytes[at + k] = (byte)(scalar >> (8 * k));
            if (present[i].Value is string or FlatNode or FlatVector or FlatTables) later.Add((at, present[i].Value));
        }

        foreach ((int at, object value) in later) Patch(bytes, at, WriteAside(bytes, value));
        return table;
    }

    private static int WriteAside(List<byte> bytes, object value)
    {
        Pad(bytes);
        switch (value)
        {
            case FlatNode node:
                return node.Write(bytes);
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                return WriteVector(bytes, utf8, utf8.Length);
            case FlatVector vector:
                return WriteVector(bytes, vector.Bytes, (int)(vector.Claimed ?? (uint)vector.Count));
            default:
                var tables = (FlatTables)value;
                int start = WriteVector(bytes, new byte[4 * tables.Items.Length], (int)(tables.Claimed ?? (uint)tables.Items.Length));
                for (int i = 0; i < tables.Items.Length; i++)
                {
                    int at = start + 4 + (4 * i);
                    if (tables.Items[i] is { } item) Patch(bytes, at, item.Write(bytes));
                    else PatchWord(bytes, at, -tables.Back);
                }

                return start;
        }
    }

    // The length lies four bytes before an address that eight divides, as the format wants for vectors of 64-bit values.
    private static int WriteVector(List<byte> bytes, byte[] content, int length)
    {
        bytes.AddRange(new byte[4]);
        int start = bytes.Count;
        bytes.AddRange(new byte[4]);
        PatchWord(bytes, start, length);
        bytes.AddRange(content);
        bytes.Add(0);
        return start;
    }

    private static void Patch(List<byte> bytes, int at, int target) => PatchWord(bytes, at, target - at);

    private static void PatchWord(List<byte> bytes, int at, int value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(word, value);
        for (int i = 0; i < 4; i++) bytes[at + i] = word[i];
    }

    private static void Pad(List<byte> bytes)
    {
        while (bytes.Count % 8 != 0) bytes.Add(0);
    }
}
