namespace AccessGateway.Documents;

using System.Globalization;
using AccessGateway.Contracts;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

/// <summary>
/// Reads one mapping of a document key by key and notes every error with its place. A value that is missing or wrong reads as a
/// harmless default; the errors keep the document from ever being used. <see cref="Finish"/> reports the keys nobody asked for.
/// </summary>
internal sealed class MappingReader
{
    private readonly YamlMappingNode _node;
    private readonly string _file;
    private readonly List<DocumentError> _errors;
    private readonly HashSet<string> _asked = [];

    public MappingReader(YamlMappingNode node, string file, List<DocumentError> errors) => (_node, _file, _errors) = (node, file, errors);

    public string File => _file;

    public void Error(string message, string? key = null)
    {
        var at = key is not null && Find(key) is { } value ? value.Start : _node.Start;
        _errors.Add(new DocumentError(_file, at.Line, at.Column, message));
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>A mapping below a key. Missing: an empty one, and an error where it is required.</summary>
    public MappingReader Mapping(string key, bool required = false)
    {
        if (Take(key, required) is { } node)
        {
            if (node is YamlMappingNode mapping)
                return new MappingReader(mapping, _file, _errors);
            if (node is not YamlScalarNode { Value: "" })
                Error($"{key} must be a mapping.", key);
        }

        return new MappingReader(new YamlMappingNode(), _file, _errors);
    }

    public IReadOnlyList<MappingReader> Mappings(string key, bool required = false)
    {
        if (Take(key, required) is not { } node)
            return [];
        if (node is YamlSequenceNode sequence && sequence.Children.All(child => child is YamlMappingNode))
            return [.. sequence.Children.Cast<YamlMappingNode>().Select(child => new MappingReader(child, _file, _errors))];
        Error($"{key} must be a list of mappings.", key);
        return [];
    }

    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    public string Text(string key, bool required = false, string otherwise = "")
    {
        if (Take(key, required) is not { } node)
            return otherwise;
        if (node is YamlScalarNode { Value: { Length: > 0 } value })
            return value;
        Error($"{key} must be a text.", key);
        return otherwise;
    }

    /// <summary>A text that <paramref name="problem"/> finds nothing wrong with.</summary>
    public string Text(string key, Func<string, string?> problem, bool required = false)
    {
        var value = Text(key, required);
        if (value.Length > 0 && problem(value) is { } message)
            Error($"{key}: {message}", key);
        return value;
    }

    /// <summary>The text of a file that a key names, by a path relative to the document; empty where it cannot be read, which is an error.</summary>
    public string FileText(string key)
    {
        var path = Text(key, required: true);
        if (path.Length == 0)
            return "";
        try
        {
            return System.IO.File.ReadAllText(Path.Combine(Path.GetDirectoryName(File)!, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            Error($"{key}: '{path}' cannot be read: {e.Message}", key);
            return "";
        }
    }

    public IReadOnlyList<string> Texts(string key, Func<string, string?>? problem = null)
    {
        if (Take(key, required: false) is not { } node)
            return [];
        if (node is not YamlSequenceNode sequence || sequence.Children.Any(child => child is not YamlScalarNode { Value.Length: > 0 }))
        {
            Error($"{key} must be a list of texts.", key);
            return [];
        }

        var values = sequence.Children.Cast<YamlScalarNode>().Select(child => child.Value!).ToList();
        foreach (var message in values.Select(value => problem?.Invoke(value)).OfType<string>())
            Error($"{key}: {message}", key);
        return values;
    }

    public IReadOnlyDictionary<string, string> TextMap(string key)
    {
        if (Take(key, required: false) is not { } node)
            return new Dictionary<string, string>();
        if (node is YamlMappingNode mapping && mapping.Children.All(pair => pair is { Key: YamlScalarNode, Value: YamlScalarNode }))
            return mapping.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value ?? "", pair => ((YamlScalarNode)pair.Value).Value ?? "");
        Error($"{key} must map texts to texts.", key);
        return new Dictionary<string, string>();
    }

    public bool Flag(string key)
    {
        switch (Take(key, required: false))
        {
            case null:
                return false;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" }:
                return true;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" }:
                return false;
            default:
                Error($"{key} must be true or false.", key);
                return false;
        }
    }

    public int Number(string key, int from, int to, int otherwise)
    {
        if (Take(key, required: false) is not { } node)
            return otherwise;
        if (node is YamlScalarNode { Value: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)
            return number;
        Error($"{key} must be a whole number from {from} to {to}.", key);
        return otherwise;
    }

    public TimeSpan Duration(string key, TimeSpan from, TimeSpan to, TimeSpan? otherwise = null)
    {
        if (Take(key, required: otherwise is null) is not { } node)
            return otherwise ?? from;
        if (node is YamlScalarNode { Value: var text } && DurationText.TryParse(text, out var duration) && duration >= from && duration <= to)
            return duration;
        Error($"{key} must be a duration from {DurationText.Format(from)} to {DurationText.Format(to)}, written like 90s, 30m, 8h or 1h30m.", key);
        // The longest, so that one wrong limit does not make everything below it look wrong too.
        return to;
    }

    /// <summary>Reports every key that was not asked for.</summary>
    public void Finish()
    {
        foreach (var key in _node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !_asked.Contains(name))
                _errors.Add(new DocumentError(_file, key.Start.Line, key.Start.Column, $"Unknown key '{key}'; known here: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}."));
        }
    }

    private YamlNode? Take(string key, bool required)
    {
        _asked.Add(key);
        var node = Find(key);
        if (node is null && required)
            Error($"{key} is missing.");
        return node;
    }

    private YamlNode? Find(string key) => _node.Children.FirstOrDefault(pair => pair.Key is YamlScalarNode { Value: var name } && name == key).Value;
}
