using System.CommandLine;
using DriftStream.Host.Commands;

var root = new RootCommand("DriftStream watches models on live Kafka streams and tells the owner of each model what changed.")
{
    DemoCommand.Create(),
    RunCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
