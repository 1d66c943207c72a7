using System.Collections.Immutable;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DriftStream.Plan;

/// <summary>
/// The text of a config as a tree, from YAML's parser events. What makes YAML dangerous or surprising is refused:
/// aliases (they multiply), tags (they choose types), depth, several documents, repeated keys.
/// </summary>
internal sealed class ConfigText
{
    public const int MaxBytes = 1 << 20;
    public const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly Func<string, string?>? _environment;
    private readonly FindingList _findings;

    private ConfigText(string text, Func<string, string?>? environment, FindingList findings)
    {
        _parser = new Parser(new StringReader(text));
        _environment = environment;
        _findings = findings;
    }

    /// <summary>The root mapping; null where the text cannot be read to its end, and the findings then say why.</summary>
    public static ConfigNode? Parse(string text, Func<string, string?> environment, FindingList findings) =>
        Read(text, environment, findings, static t => t.Document());

    /// <summary>The documents of a file that is no config: several, whatever they are, with no variable replaced; null where it cannot be read.</summary>
    public static IReadOnlyList<ConfigNode>? ParseAll(string text, FindingList findings) => Read(text, null, findings, static t => t.Documents());

    private static T? Read<T>(string text, Func<string, string?>? environment, FindingList findings, Func<ConfigText, T?> read) where T : class
    {
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            findings.Error(1, 1, "file_size", "the file is larger than 1 MiB");
            return null;
        }

        try
        {
            return read(new ConfigText(text, environment, findings));
        }
        catch (YamlException e)
        {
            findings.Error(Math.Max(1, (int)e.Start.Line), Math.Max(1, (int)e.Start.Column), "yaml_syntax",
                $"not valid YAML: {OneLine(e.Message)}");
            return null;
        }
    }

    // YamlDotNet 18.1 reports some broken texts (a block scalar inside a flow mapping, a tag that is no URI) by an exception without a position.
    private bool Next()
    {
        Mark last = _parser.Current?.End ?? Mark.Empty;
        try
        {
            return _parser.MoveNext();
        }
        catch (InvalidOperationException)
        {
            throw new SyntaxErrorException(last, last, "a value cannot be read to its end");
        }
        catch (ArgumentException)
        {
            throw new SyntaxErrorException(last, last, "a tag is no URI");
        }
    }

    private ConfigNode? Document()
    {
        ConfigNode? root = null;
        while (Next())
        {
            if (_parser.Current is DocumentStart start && root is not null)
            {
                (int line, int column) = Position(start);
                _findings.Error(line, column, "yaml_documents", "a second YAML document", "one document a file");
                return null;
            }

            if (_parser.Current is not NodeEvent) continue;
            if ((root = Node(1)) is null) return null;
        }

        if (root is null || root.IsEmpty) _findings.Error(1, 1, "empty_file", "the file says nothing", "owners, models");
        else if (root.Kind == ConfigKind.Map) return root;
        else _findings.Error(root, "wrong_kind", $"the file is {root.Described}", "a mapping: owners, models, ...");
        return null;
    }

    private List<ConfigNode>? Documents()
    {
        var roots = new List<ConfigNode>();
        while (Next())
        {
            if (_parser.Current is not NodeEvent) continue;
            if (Node(1) is not { } root) return null;
            roots.Add(root);
        }

        return roots;
    }

    // The current event opens a node; afterwards it is the one that closed it. Null: the node lies too deep, and nothing more is read.
    private ConfigNode? Node(int depth)
    {
        (int line, int column) = Position(_parser.Current!);
        if (depth > MaxDepth)
        {
            _findings.Error(line, column, "yaml_depth", $"nested deeper than {MaxDepth}");
            return null;
        }

        switch (_parser.Current)
        {
            case Scalar scalar:
                Refuse(scalar, line, column);
                return Text(scalar, line, column);
            case MappingStart map:
                Refuse(map, line, column);
                return Map(depth, line, column);
            case SequenceStart list:
                Refuse(list, line, column);
                return List(depth, line, column);
            default:
                _findings.Error(line, column, "yaml_alias", "YAML aliases are refused", "the value itself");
                return ConfigNode.Scalar(_findings.File, line, column, "*", null, true);
        }
    }

    private ConfigNode? Map(int depth, int line, int column)
    {
        var entries = ImmutableArray.CreateBuilder<ConfigEntry>();
        var keys = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
        while (Next() && _parser.Current is not MappingEnd)
        {
            if (Node(depth + 1) is not { } key || !Next() || Node(depth + 1) is not { } value) return null;
            if (key.Kind != ConfigKind.Text)
                _findings.Error(key, "yaml_key", $"a key is {key.Described}", "text");
            else if (keys.TryAdd(key.Text, key))
                entries.Add(new ConfigEntry(key, value));
            else
                _findings.Error(key, "duplicate_key", $"'{key.Written}' is here twice", null,
                    $"the first is on line {keys[key.Text].Line}");
        }

        return ConfigNode.Map(_findings.File, line, column, entries.ToImmutable());
    }

    private ConfigNode? List(int depth, int line, int column)
    {
        var items = ImmutableArray.CreateBuilder<ConfigNode>();
        while (Next() && _parser.Current is not SequenceEnd)
        {
            if (Node(depth + 1) is not { } item) return null;
            items.Add(item);
        }

        return ConfigNode.List(_findings.File, line, column, items.ToImmutable());
    }

    private ConfigNode Text(Scalar scalar, int line, int column)
    {
        string? problem = null;
        string? text = _environment is null ? scalar.Value : EnvironmentText.Expand(scalar.Value, _environment, out problem);
        if (text is null)
            _findings.Error(line, column, "environment", problem!, "${NAME}, or $${ for the characters themselves");
        else if (!IsWellFormed(text))
        {
            _findings.Error(line, column, "bad_text", "half of a surrogate pair: no text", "whole characters");
            text = null;
        }

        return ConfigNode.Scalar(_findings.File, line, column, scalar.Value, text, scalar.Style != ScalarStyle.Plain);
    }

    private void Refuse(NodeEvent node, int line, int column)
    {
        if (!node.Anchor.IsEmpty) _findings.Error(line, column, "yaml_anchor", "YAML anchors are refused", "the value itself");
        if (!node.Tag.IsEmpty) _findings.Error(line, column, "yaml_tag", "YAML tags are refused", "the value without its tag");
    }

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    private static (int Line, int Column) Position(ParsingEvent at) => ((int)at.Start.Line, (int)at.Start.Column);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
