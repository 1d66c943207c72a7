namespace DriftStream.Host.Terminal;

/// <summary>Colours words, only for a terminal. <c>NO_COLOR</c> turns it off.</summary>
internal readonly record struct Ink(bool Colours)
{
    public static Ink ForOutput { get; } = new(!Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");

    public string Bad(string text) => Colour("31", text);

    public string Good(string text) => Colour("32", text);

    public string Doubtful(string text) => Colour("33", text);

    public string Strong(string text) => Colour("1", text);

    private string Colour(string code, string text) => Colours ? $"\e[{code}m{text}\e[0m" : text;
}
