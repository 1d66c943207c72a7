using System.Globalization;
using System.Xml.Linq;
using DriftStream.Host.Terminal;

namespace DriftStream.Host.Compare;

/// <summary>
/// Elements of HTML that are well-formed XML too: what text holds can end no element and begin none. Strings, of values and of attributes, pass <see
/// cref="Printable"/>, which also takes out what XML cannot hold.
/// </summary>
internal static class Markup
{
    /// <param name="name">Of the element.</param>
    /// <param name="content">Text, numbers, attributes, elements; nulls are left out.</param>
    public static XElement E(string name, params object?[] content)
    {
        var element = new XElement(name);
        foreach (object? part in content) element.Add(part is string text ? Printable.Of(text) : part);
        // To HTML, an empty element without an end tag is one that goes on.
        if (element.IsEmpty && name is not ("meta" or "br")) element.Add("");
        return element;
    }

    public static XAttribute A(string name, string value) => new(name, Printable.Of(value));

    /// <summary>A length in a picture.</summary>
    public static XAttribute A(string name, double value) => new(name, value.ToString("0.##", CultureInfo.InvariantCulture));
}
