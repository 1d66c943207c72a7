using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace DriftStream.Host.Worker;

/// <summary>
/// Memory that lies in files: what is not used for a while is on the disk alone, and the system brings it back when it is touched. The files are scratch, gone
/// with whoever made them; what outlives them is a snapshot.
/// </summary>
/// <param name="folder">Where the files are made.</param>
/// <param name="name">What their names begin with.</param>
internal sealed class MappedTable(string folder, string name) : IDisposable
{
    // Small at first, since most tables stay so; of twice the size each, so that a large one has few.
    private const long Least = 1 << 20, Most = 1 << 30;

    private readonly List<MappedFile> _files = [];
    private int _used;

    /// <summary>Zeroed memory that stays where it is.</summary>
    /// <exception cref="IOException">
    /// The disk is full. Its room is taken when a file is made, since a full disk would otherwise kill the process later.
    /// </exception>
    public Memory<byte> Allocate(int bytes)
    {
        if (_files.Count == 0 || _files[^1].Length - _used < bytes)
        {
            Directory.CreateDirectory(folder);
            long size = Math.Max(Math.Min(Most, Least << Math.Min(_files.Count, 10)), bytes);
            _files.Add(new MappedFile(Path.Combine(folder, $"{name}-{_files.Count}.table"), (int)size));
            _used = 0;
        }

        Memory<byte> taken = _files[^1].Memory.Slice(_used, bytes);
        _used += bytes;
        return taken;
    }

    public void Dispose()
    {
        foreach (IDisposable file in _files) file.Dispose();
        _files.Clear();
    }

    private sealed unsafe class MappedFile : MemoryManager<byte>
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private byte* _start;

        public MappedFile(string path, int length)
        {
            Length = length;
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                PreallocationSize = length,
                Options = FileOptions.DeleteOnClose,
            });
            try
            {
                file.SetLength(length);
                _file = MemoryMappedFile.CreateFromFile(file, null, length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
                _view = _file.CreateViewAccessor(0, length);
                _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
                _start += _view.PointerOffset;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }

        public int Length { get; }

        public override Span<byte> GetSpan()
        {
            // Whoever still had it would read what is no longer mapped, which ends the process.
            ObjectDisposedException.ThrowIf(_start is null, this);
            return new Span<byte>(_start, Length);
        }

        public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (_start is null) return;
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
