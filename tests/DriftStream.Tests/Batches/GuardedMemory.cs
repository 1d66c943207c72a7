using System.Buffers;
using System.Runtime.InteropServices;

namespace DriftStream.Tests.Batches;

/// <summary>
/// Memory that ends at a page which cannot be touched: one byte read beyond a message kills the process. Linux only; elsewhere
/// plain native memory.
/// </summary>
internal sealed unsafe partial class GuardedMemory : MemoryManager<byte>
{
    private const int Page = 4096, ReadWrite = 3, NoAccess = 0, PrivateAnonymous = 0x22;

    private readonly nuint _size;
    private readonly byte* _start;
    private byte* _message;
    private int _length;

    public GuardedMemory(int capacity)
    {
        _size = (nuint)((capacity + Page - 1) / Page * Page);
        if (!OperatingSystem.IsLinux())
        {
            _start = (byte*)NativeMemory.Alloc(_size);
            return;
        }

        _start = (byte*)Map(null, _size + Page, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)_start == -1 || Protect(_start + _size, Page, NoAccess) != 0) throw new InvalidOperationException("no guard page");
    }

    /// <summary>The message, moved so that its last byte is the last before the guard page.</summary>
    public ReadOnlyMemory<byte> Hold(ReadOnlySpan<byte> message)
    {
        _length = message.Length;
        _message = _start + _size - _length;
        message.CopyTo(GetSpan());
        return Memory;
    }

    public override Span<byte> GetSpan() => new(_message, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_message + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (OperatingSystem.IsLinux()) _ = Unmap(_start, _size + Page);
        else NativeMemory.Free(_start);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
