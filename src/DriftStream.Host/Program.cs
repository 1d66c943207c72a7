using DriftStream.Host.Commands;

return await CommandLine.RunAsync(args);
