namespace AccessGateway.Documents;

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

/// <summary>
/// Reads YAML into nodes in one pass. Aliases can blow a small file up and tags can name types: no document needs either, both are
/// errors, and reading goes on behind them, so that every error of a file is found at once. Only broken syntax ends it.
/// </summary>
internal sealed class DocumentParser
{
    public const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly string _file;
    private readonly List<DocumentError> _errors;

    private DocumentParser(string text, string file, List<DocumentError> errors) =>
        (_parser, _file, _errors) = (new Parser(new Scanner(new StringReader(text), skipComments: true)), file, errors);

    /// <summary>The documents of a file, empty ones left out.</summary>
    public static IReadOnlyList<DocumentNode> Parse(string text, string file, List<DocumentError> errors)
    {
        var documents = new List<DocumentNode>();
        try
        {
            new DocumentParser(text, file, errors).ReadStream(documents);
        }
        catch (YamlException e)
        {
            errors.Add(new DocumentError(file, e.Start.Line, e.Start.Column, e.InnerException?.Message ?? e.Message));
        }

        return documents;
    }

    private void ReadStream(List<DocumentNode> documents)
    {
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            var root = ReadNode(depth: 1);
            if (root is not DocumentNode.Text { Value: "", Plain: true })
                documents.Add(root);
            _parser.Consume<DocumentEnd>();
        }
    }

    private DocumentNode ReadNode(int depth)
    {
        var e = _parser.Consume<ParsingEvent>();
        if (depth > MaxDepth)
            throw new YamlException(e.Start, e.End, $"Nested deeper than {MaxDepth} levels.");
        if (e is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            Error(e.Start, "Anchors and aliases are not allowed.");
        if (e is NodeEvent { Tag.IsEmpty: false })
            Error(e.Start, "Tags are not allowed.");
        return e switch
        {
            Scalar scalar => new DocumentNode.Text(scalar.Value, scalar.Style == ScalarStyle.Plain, e.Start.Line, e.Start.Column),
            SequenceStart => ReadList(e.Start, depth),
            MappingStart => ReadMapping(e.Start, depth),
            _ => new DocumentNode.Text("", Plain: true, e.Start.Line, e.Start.Column),
        };
    }

    private DocumentNode.List ReadList(Mark start, int depth)
    {
        var items = new List<DocumentNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new DocumentNode.List(items, start.Line, start.Column);
    }

    private DocumentNode.Mapping ReadMapping(Mark start, int depth)
    {
        var pairs = new List<(DocumentNode.Text Key, DocumentNode Value)>();
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (key is not DocumentNode.Text { Value.Length: > 0 } name)
                _errors.Add(new DocumentError(_file, key.Line, key.Column, "A key must be a text."));
            else if (lines.TryAdd(name.Value, name.Line))
                pairs.Add((name, value));
            else
                _errors.Add(new DocumentError(_file, name.Line, name.Column, $"Duplicate key '{name.Value}': it stands on line {lines[name.Value]} already."));
        }

        return new DocumentNode.Mapping(pairs, start.Line, start.Column);
    }

    private void Error(Mark at, string message) => _errors.Add(new DocumentError(_file, at.Line, at.Column, message));
}
