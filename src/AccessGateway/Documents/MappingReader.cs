namespace AccessGateway.Documents;

using AccessGateway.Policy;

/// <summary>
/// Reads one mapping of a document key by key and notes every error with its place. A value that is missing or wrong reads as a
/// harmless default; the errors keep the document from ever being used. <see cref="Finish"/> reports the keys nobody asked for.
/// With a schema it reads nothing and writes down what is asked for: that is how the JSON Schema comes to be. A reader therefore
/// asks for every key it knows on each run, and where it branches on what is there, describing walks into every branch.
/// </summary>
internal sealed partial class MappingReader
{
    private readonly DocumentNode.Mapping _node;
    private readonly DocumentSource _source;
    private readonly SchemaObject? _schema;
    private readonly HashSet<string> _asked = [];

    public MappingReader(DocumentNode.Mapping node, DocumentSource source, SchemaObject? schema = null) => (_node, _source, _schema) = (node, source, schema);

    public string File => _source.File;

    /// <summary>Where the mapping begins.</summary>
    public SourcePlace Place => new(_source.File, _node.Line, _node.Column);

    /// <summary>Where each key of this mapping stands.</summary>
    public IReadOnlyDictionary<string, SourcePlace> Places => _node.Pairs.ToDictionary(pair => pair.Key.Value, pair => new SourcePlace(_source.File, pair.Key.Line, pair.Key.Column));

    public void Error(string message, string? key = null) => _source.Errors.Add(At(message, key));

    /// <summary>What keeps no document from being used, and still should be looked at.</summary>
    public void Warn(string message, string? key = null) => _source.Warnings.Add(At(message, key));

    public bool Has(string key)
    {
        _asked.Add(key);
        return _schema is not null || _node.Find(key) is not null;
    }

    public bool IsList(string key) => _schema is not null || _node.Find(key) is DocumentNode.List;

    public bool IsText(string key) => _schema is not null || _node.Find(key) is DocumentNode.Text;

    /// <summary>A mapping below a key. Missing: an empty one, and an error where it is required.</summary>
    public MappingReader Mapping(string key, bool required = false)
    {
        if (_schema is not null)
            return new MappingReader(DocumentNode.Mapping.Empty, _source, Note(key, required, SchemaObject.OfMapping())!);
        switch (Take(key, required))
        {
            case DocumentNode.Mapping mapping:
                return new MappingReader(mapping, _source);
            case null or DocumentNode.Text { Value: "", Plain: true }:
                break;
            default:
                Error($"{key} must be a mapping.", key);
                break;
        }

        return new MappingReader(DocumentNode.Mapping.Empty with { Line = _node.Line, Column = _node.Column }, _source);
    }

    /// <summary>What <paramref name="read"/> makes of the mapping below a key, its unknown keys reported; null where it is missing.</summary>
    public T? Optional<T>(string key, Func<MappingReader, T> read)
        where T : class
    {
        var there = Has(key);
        var mapping = Mapping(key);
        if (!there)
            return null;
        var value = read(mapping);
        mapping.Finish();
        return value;
    }

    public IReadOnlyList<MappingReader> Mappings(string key, bool required = false)
    {
        if (_schema is not null)
            return [new MappingReader(DocumentNode.Mapping.Empty, _source, Note(key, required, SchemaObject.OfList(SchemaObject.OfMapping()))!.Items!)];
        if (Take(key, required) is not { } node)
            return [];
        if (node is DocumentNode.List list && list.Items.All(item => item is DocumentNode.Mapping))
            return [.. list.Items.Cast<DocumentNode.Mapping>().Select(item => new MappingReader(item, _source))];
        Error($"{key} must be a list of mappings.", key);
        return [];
    }

    /// <summary>The text of a file that the value names, by a path relative to the document; empty where it cannot be read, which is
    /// an error. The file belongs to the configuration from then on: a change of it is a change of the documents.</summary>
    public string FileText(string key, bool required = true)
    {
        var path = Text(key, required);
        if (path.Length == 0)
            return "";
        var (text, problem) = _source.ReadText(path);
        if (problem is not null)
            Error($"{key}: '{path}' cannot be read: {problem}", key);
        return text ?? "";
    }

    /// <summary>Reports every key that was not asked for.</summary>
    public void Finish()
    {
        foreach (var (key, _) in _node.Pairs)
        {
            if (!_asked.Contains(key.Value))
                _source.Errors.Add(new DocumentError(_source.File, key.Line, key.Column, $"Unknown key '{key.Value}'; known here: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}."));
        }
    }

    private DocumentNode? Take(string key, bool required)
    {
        _asked.Add(key);
        var node = _node.Find(key);
        if (node is null && required && _schema is null)
            Error($"{key} is missing.");
        return node;
    }

    private SchemaObject? Note(string key, bool required, SchemaObject value) => _schema?.Note(key, required, value);

    private DocumentError At(string message, string? key)
    {
        DocumentNode at = (key is null ? null : _node.Find(key)) ?? _node;
        return new DocumentError(_source.File, at.Line, at.Column, message);
    }
}
