using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Tests.Kernels;

public sealed class RosterTests
{
    // Set in a child process to the kernel that must be its best, so that a child can tell that its switch took effect.
    private const string Expected = "DRIFTSTREAM_TEST_BEST_KERNEL";

    [Fact]
    public void Available_BestFirst_ScalarAlways()
    {
        string[] order = ["avx512", "avx2", "vector128", "scalar"];
        string[] names = [.. CountKernels.Available.Select(kernel => kernel.Name)];
        Assert.Equal(order.Where(names.Contains), names);
        Assert.Equal("scalar", names[^1]);
    }

    [Fact]
    public void Available_ThisProcess_HasWhatTheSwitchLeft()
    {
        Assert.Equal(Avx512BW.IsSupported, CountKernels.Available.Any(kernel => kernel.Name == "avx512"));
        Assert.Equal(Avx2.IsSupported, CountKernels.Available.Any(kernel => kernel.Name == "avx2"));
        string? expected = Environment.GetEnvironmentVariable(Expected);
        if (expected is not null) Assert.Equal(expected, CountKernels.Available[0].Name);
    }

    [Fact]
    public void Named_Unknown_ErrorListsTheAvailable()
    {
        string message = Assert.Throws<ArgumentException>(() => CountKernels.Named("avx9")).Message;
        Assert.Contains("'avx9' is unknown", message, StringComparison.Ordinal);
        string available = string.Join(", ", CountKernels.Available.Select(kernel => kernel.Name));
        Assert.Contains("available: " + available, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Current_VariableNamesScalar_IsScalar() =>
        Assert.Equal(0, RunChild("Current_InChild_IsTheOneNamed", (CountKernels.Variable, "scalar")));

    [Fact]
    public void Current_InChild_IsTheOneNamed()
    {
        string? named = Environment.GetEnvironmentVariable(CountKernels.Variable);
        Assert.Equal(string.IsNullOrEmpty(named) ? CountKernels.Available[0].Name : named, CountKernels.Current.Name);
    }

    /// <summary>Where the CPU has less, the JIT makes other code and other kernels are the best: the whole suite again, there.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "avx2")]
    [InlineData("DOTNET_EnableAVX2", "vector128")]
    [InlineData("DOTNET_EnableHWIntrinsic", "scalar")]
    public void Suite_InstructionsOff_Passes(string variable, string best)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Expected) is not null, "this is a child already");
        Assert.SkipUnless(Avx512BW.IsSupported || (Avx2.IsSupported && best != "avx2"), "this CPU lacks what would be switched off");
        Assert.Equal(0, RunChild("*", (variable, "0"), (Expected, best)));
    }

    private static int RunChild(string method, params (string Name, string Value)[] environment)
    {
        string assembly = typeof(RosterTests).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(assembly);
        string[] arguments = ["-namespace", typeof(RosterTests).Namespace!, "-method", "*." + method, "-noLogo"];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        child.ErrorDataReceived += (_, _) => { };
        child.BeginErrorReadLine();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0,", output, StringComparison.Ordinal);
        return child.ExitCode;
    }
}
