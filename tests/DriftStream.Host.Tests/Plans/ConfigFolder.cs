using DriftStream.Host.Commands;
using DriftStream.Host.Files;
using DriftStream.Host.Plans;

namespace DriftStream.Host.Tests.Plans;

/// <summary>A config with two models and the files it names, in a folder of its own.</summary>
internal sealed class ConfigFolder : IDisposable
{
    private int _writes;

    /// <param name="worker">Lines about the worker: broker, topics.</param>
    public ConfigFolder(string worker = "")
    {
        Worker = worker;
        Baseline(50);
        Write();
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("driftstream-plans-").FullName;

    public string Config => System.IO.Path.Combine(Path, "driftstream.yaml");

    public string Worker { get; set; }

    public ConfigWatch Watch()
    {
        var files = new BaselineFiles();
        return new(Config, reading => PlanFile.Read(Config, files, reading));
    }

    public void Write(string rule = "", string models = "m, n", string owners = "")
    {
        string text = $$"""
            {{Worker}}
            owners:
              - { id: team, name: Team, contact: team@example.org }
            {{owners}}
            models:

            """;
        foreach (string model in models.Split(", "))
        {
            string more = model == "m" ? rule : "";
            text += $"  - {{ id: {model}, owner: team, sources: [{{ topic: {model}.rows }}], baseline: {{ data: {model}.csv }}{more} }}\n";
        }

        Text(text);
    }

    public void Text(string text) => Put(Config, text);

    /// <summary>The reference of model m, and once of n.</summary>
    public void Baseline(int rows)
    {
        Put(System.IO.Path.Combine(Path, "m.csv"), Csv(rows));
        string other = System.IO.Path.Combine(Path, "n.csv");
        if (!File.Exists(other)) Put(other, Csv(50));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    // Times of change differ, however coarse the file system's clock is.
    private void Put(string file, string text)
    {
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1, 0, 0, ++_writes, DateTimeKind.Utc));
    }

    private static string Csv(int rows) => string.Join('\n', ["x", .. Enumerable.Range(0, rows).Select(i => $"{i}")]);
}
