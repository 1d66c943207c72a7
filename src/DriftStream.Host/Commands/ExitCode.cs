namespace DriftStream.Host.Commands;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>The command worked and its answer is bad news.</summary>
    public const int BadNews = 1;

    /// <summary>Wrong usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>Broker, disk or network failed.</summary>
    public const int World = 3;
}
