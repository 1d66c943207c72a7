using BenchmarkDotNet.Running;
using DriftStream.Bench;

if (args is ["kernels", .. var rest]) return KernelsTable.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(KernelsTable).Assembly).Run(args);
return 0;
