using BenchmarkDotNet.Running;
using DriftStream.Bench;

if (args is ["kernels", .. var rest]) return KernelsTable.Run(rest);
if (args is ["counter", .. var counted]) return CounterTable.Run(counted);
if (args is ["first-stream", .. var stream]) return FirstStreamTable.Run(stream);
if (args is ["reader", .. var read]) return ReaderTable.Run(read);
if (args is ["end-to-end", .. var ends]) return EndToEnd.Run(ends);
if (args is ["alarm-level", .. var level]) return AlarmLevel.Run(level);
if (args is ["calibration", .. var calibrated]) return Calibration.Run(calibrated);
if (args is ["signals", .. var signals]) return SignalsTable.Run(signals);
if (args is ["trends", .. var trends]) return TrendTable.Run(trends);
if (args is ["compare", .. var compared]) return CompareTable.Run(compared);
if (args is ["judge", .. var judged]) return JudgeTable.Run(judged);
if (args is ["desk", .. var desks]) return DeskTable.Run(desks);
if (args is ["join", .. var joins]) return JoinTable.Run(joins);
if (args is ["plan", .. var plans]) return PlanTable.Run(plans);
BenchmarkSwitcher.FromAssembly(typeof(KernelsTable).Assembly).Run(args);
return 0;
