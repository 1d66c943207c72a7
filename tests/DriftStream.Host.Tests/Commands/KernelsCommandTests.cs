using System.Text.Json;
using DriftStream.Host.Machine;
using DriftStream.Host.Terminal;
using DriftStream.Kernels;
using Xunit;

namespace DriftStream.Host.Tests.Commands;

public sealed class KernelsCommandTests
{
    [Fact]
    public void Json_SaysWhatRunsHereAndHowFast()
    {
        CliResult run = Cli.Run("kernels", "--measure", "--json");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        JsonElement[] kernels = [.. run.Json.GetProperty("kernels").EnumerateArray()];
        Assert.Equal(["avx512", "avx2", "vector128", "scalar"], kernels.Select(k => k.GetProperty("name").GetString()));
        string[] available = [.. CountKernels.Available.Select(k => k.Name)];
        Assert.All(kernels, k =>
        {
            bool here = available.Contains(k.GetProperty("name").GetString());
            Assert.Equal(here, k.GetProperty("available").GetBoolean());
            Assert.Equal(here ? "passed" : null, k.GetProperty("self_test").GetString());
        });
        Assert.Single(kernels, k => k.GetProperty("current").GetBoolean());

        JsonElement[] layouts = [.. run.Json.GetProperty("layouts").EnumerateArray()];
        foreach (JsonElement[] type in layouts.GroupBy(l => l.GetProperty("type").GetString()).Select(t => t.ToArray()))
        {
            Assert.Equal("compare", type[0].GetProperty("way").GetString());
            Assert.Equal("guide", type[^1].GetProperty("way").GetString());
            Assert.Equal((0, 65_535), (type[0].GetProperty("edges_from").GetInt32(), type[^1].GetProperty("edges_to").GetInt32()));
            for (int i = 1; i < type.Length; i++)
                Assert.Equal(type[i - 1].GetProperty("edges_to").GetInt32() + 1, type[i].GetProperty("edges_from").GetInt32());
        }

        JsonElement[] measured = [.. run.Json.GetProperty("measured").EnumerateArray()];
        Assert.Equal(2 * 6 * 6, measured.Length);
        Assert.Equal(["f32", "f64"], measured.Select(m => m.GetProperty("type").GetString()).Distinct());
        Assert.Equal([9, 63, 255, 1023, 4095, 20_000], measured.Select(m => m.GetProperty("edges").GetInt32()).Distinct());
        Assert.All(measured, m =>
        {
            Assert.InRange(m.GetProperty("gvalues_per_s").GetDouble(), 1e-4, 1e3);
            Assert.InRange(m.GetProperty("sum_gvalues_per_s").GetDouble(), 1e-4, 1e4);
            Assert.NotEmpty(m.GetProperty("data").GetString()!);
        });
    }

    [Fact]
    public void Gpu_WithoutOne_SaysWhichStepFailedAndWhy()
    {
        JsonElement gpu = Cli.Run("kernels", "--json").Json.GetProperty("gpu");
        Assert.SkipWhen(gpu.GetProperty("device").ValueKind != JsonValueKind.Null, "there is a GPU");
        Assert.False(gpu.GetProperty("used").GetBoolean());
        Assert.Contains(gpu.GetProperty("step").GetString(), (string[])["driver", "device", "open", "compile", "self-test", "calibrate"]);
        Assert.NotEmpty(gpu.GetProperty("reason").GetString()!);
        Assert.Equal((4095, 0), (gpu.GetProperty("most_edges").GetInt32(), gpu.GetProperty("break_even").GetArrayLength()));
    }

    [Fact]
    public void Text_OfAnyReport_FitsATerminal()
    {
        CliResult run = Cli.Run("kernels");
        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.Contains("passed, counts", run.Output);

        KernelRate[] rates = [.. KernelRates.EdgeCounts.SelectMany(e => KernelsData.Names.Select(d => new KernelRate("f32", e, d, 8.0 / e, 24.8)))];
        BreakEvenEntry[] rows =
        [
            .. new[] { "f32", "f64" }.SelectMany(t => KernelRates.EdgeCounts.Select(e => new BreakEvenEntry(t, e, e > 9 ? 131_072 : null))),
        ];
        MachineReport report = MachineReport.Make(measure: false) with
        {
            Gpu = new GpuEntry(true, "A GPU (Cuda)", null, null, 4095, rows),
            Measured = rates,
        };
        var text = new StringWriter();
        MachineText.Write(report, new Ink(false), text);
        string[] lines = text.ToString().Split('\n');
        Assert.All(lines[1..], line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("9: never, 63: 131072", text.ToString());
        Assert.Contains(lines, line => line.EndsWith(new string('█', 40), StringComparison.Ordinal));
    }

    [Fact]
    public void SelfTest_EveryKernel_Passes() => Assert.All(CountKernels.Available, kernel => Assert.Null(KernelCheck.Run(kernel)));

    [Fact]
    public void Required_WithoutAGpu_TheWorkerDoesNotStart()
    {
        string config = Path.GetTempFileName();
        try
        {
            string folder = Path.GetDirectoryName(Cli.Sample("driftstream.yaml"))!;
            string text = File.ReadAllText(Cli.Sample("driftstream.yaml"))
                .Replace("{ file: ", $"{{ file: {folder}/", StringComparison.Ordinal).Replace("{ data: ", $"{{ data: {folder}/", StringComparison.Ordinal);
            File.WriteAllText(config, text + "\ngpu: require\n");
            Assert.SkipWhen(Cli.Run("kernels", "--json").Json.GetProperty("gpu").GetProperty("device").ValueKind != JsonValueKind.Null, "there is a GPU");
            CliResult run = Cli.Run("run", "-c", config);
            Assert.Equal((3, ""), (run.Code, run.Output));
            Assert.Contains("gpu: require, but there is no GPU to count on: the step 'driver' failed", run.Errors);
        }
        finally
        {
            File.Delete(config);
        }
    }
}
