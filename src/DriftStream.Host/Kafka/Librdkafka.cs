using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace DriftStream.Host.Kafka;

/// <summary>The native library that Confluent.Kafka has loaded, for the calls that its .NET interface lacks.</summary>
/// <remarks>
/// Which file was loaded depends on the system's libsasl2 and libc, so no fixed name can be imported: the names are tried
/// in Confluent.Kafka's own order, and loading the same file again yields the same handle.
/// </remarks>
internal static unsafe class Librdkafka
{
    private const int ErrorText = 512;
    private static readonly string[] Names = ["librdkafka", "centos8-librdkafka", "alpine-librdkafka"];
    private static readonly Lazy<nint> Handle = new(Find);

    /// <summary>The address of an exported function.</summary>
    /// <exception cref="EntryPointNotFoundException">This build of the library lacks it.</exception>
    public static nint Export(string name) => NativeLibrary.GetExport(Handle.Value, name);

    /// <summary>Why librdkafka refuses a property or its value, or null where it takes it.</summary>
    public static string? WhyRefused(string property, string value)
    {
        var create = (delegate* unmanaged[Cdecl]<nint>)Export("rd_kafka_conf_new");
        var set = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, nuint, int>)Export("rd_kafka_conf_set");
        var destroy = (delegate* unmanaged[Cdecl]<nint, void>)Export("rd_kafka_conf_destroy");
        byte* text = stackalloc byte[ErrorText];
        nint conf = create();
        try
        {
            fixed (byte* p = ZeroEnded(property), v = ZeroEnded(value))
                return set(conf, p, v, text, ErrorText) == 0 ? null : Marshal.PtrToStringUTF8((nint)text);
        }
        finally
        {
            destroy(conf);
        }
    }

    /// <summary>A handle of its own without logs, which owns a mock cluster.</summary>
    /// <exception cref="InvalidOperationException">The library refuses, with its reason.</exception>
    public static nint NewProducer()
    {
        var conf = ((delegate* unmanaged[Cdecl]<nint>)Export("rd_kafka_conf_new"))();
        ((delegate* unmanaged[Cdecl]<nint, nint, void>)Export("rd_kafka_conf_set_log_cb"))(conf, 0);
        byte* text = stackalloc byte[ErrorText];
        var create = (delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)Export("rd_kafka_new");
        nint client = create(0, conf, text, ErrorText);
        return client != 0 ? client : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)text));
    }

    public static byte[] ZeroEnded(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static nint Find()
    {
        _ = Library.VersionString; // makes Confluent.Kafka load the library
        foreach (string name in Names)
        {
            const DllImportSearchPath Where = DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory;
            if (NativeLibrary.TryLoad(name, typeof(Library).Assembly, Where, out nint handle)
                && NativeLibrary.TryGetExport(handle, "rd_kafka_mock_cluster_new", out _))
            {
                return handle;
            }
        }
        throw new DllNotFoundException($"librdkafka is not among {string.Join(", ", Names)}");
    }
}
