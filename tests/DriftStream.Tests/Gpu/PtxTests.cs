using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DriftStream.Kernels.Gpu;
using Xunit;

namespace DriftStream.Tests.Gpu;

/// <summary>The CUDA code of the kernels, where no GPU is.</summary>
public sealed class PtxTests
{
    [Fact]
    public void Ptx_OfEveryKernel_IsIntegerCodeWithStaticSharedMemory()
    {
        IReadOnlyDictionary<string, string> all = PtxText.Write();
        Assert.Equal(4, all.Count);
        Assert.All(all, program =>
        {
            (string name, string text) = program;
            Assert.Contains(".version 8.4", text, StringComparison.Ordinal);
            Assert.Contains(".visible .entry", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\.f(16|32|64)\b|\.ftz|\.approx", text);
            Assert.DoesNotContain(".extern .shared", text, StringComparison.Ordinal);
            int shared = Regex.Matches(text, @"\.shared[^;]*\.b8 [^\[;]+\[(\d+)\]").Sum(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
            Assert.True(shared is > 8000 and <= 48 << 10, $"{name}: {shared} bytes of shared memory");
        });
    }

    [Fact]
    public void Ptx_WhereAnAssemblerIs_AssemblesWithoutSpills()
    {
        Assert.SkipUnless(Run("--version") is (0, _), "ptxas is not on the path");
        foreach ((string name, string text) in PtxText.Write())
        {
            string file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, text);
                (int code, string said) = Run("-arch=sm_90", "-v", "-o", "/dev/null", file);
                Assert.True(code == 0, $"{name}: {said}");
                Assert.Contains("0 bytes spill stores", said, StringComparison.Ordinal);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    private static (int Code, string Said) Run(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ptxas", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string said = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }
}
