namespace AccessGateway.Documents;

using System.Globalization;
using AccessGateway.Contracts;

/// <content>Texts, words, numbers and the like.</content>
internal sealed partial class MappingReader
{
    public string Text(string key, bool required = false, string otherwise = "")
    {
        Note(key, required, SchemaObject.OfText());
        switch (Take(key, required))
        {
            case null:
                return otherwise;
            case DocumentNode.Text { Value.Length: > 0 } text:
                return text.Value;
            default:
                Error($"{key} must be a text.", key);
                return otherwise;
        }
    }

    /// <summary>A text that <paramref name="problem"/> finds nothing wrong with.</summary>
    public string Text(string key, Func<string, string?> problem, bool required = false)
    {
        var value = Text(key, required);
        if (value.Length > 0 && problem(value) is { } message)
            Error($"{key}: {message}", key);
        return value;
    }

    /// <summary>One of a few words; null where it is missing.</summary>
    public string? Choice(string key, IReadOnlyList<string> words, bool required = false)
    {
        Note(key, required, SchemaObject.OfWords(words));
        if (Take(key, required) is not { } node)
            return null;
        if (node is DocumentNode.Text { Value: var word } && words.Contains(word))
            return word;
        Error($"{key} must be {string.Join(" or ", words)}.", key);
        return words[0];
    }

    /// <param name="words">All that may be named; anything where missing.</param>
    /// <param name="empty">Whether an empty text, in quotes, is one.</param>
    public IReadOnlyList<string> Texts(string key, Func<string, string?>? problem = null, IReadOnlyList<string>? words = null, bool empty = false)
    {
        Note(key, required: false, SchemaObject.OfList(words is null ? SchemaObject.OfText(empty) : SchemaObject.OfWords(words)));
        if (Take(key, required: false) is not { } node)
            return [];
        if (node is not DocumentNode.List list || !list.Items.All(item => item is DocumentNode.Text { Value.Length: > 0 } || (empty && item is DocumentNode.Text { Plain: false })))
        {
            Error($"{key} must be a list of texts.", key);
            return [];
        }

        foreach (var item in list.Items.Cast<DocumentNode.Text>())
        {
            if ((words?.Contains(item.Value) == false ? $"'{item.Value}' is none of {string.Join(", ", words)}." : problem?.Invoke(item.Value)) is { } message)
                _source.Errors.Add(new DocumentError(_source.File, item.Line, item.Column, $"{key}: {message}"));
        }

        return [.. list.Items.Cast<DocumentNode.Text>().Select(item => item.Value)];
    }

    public IReadOnlyDictionary<string, string> TextMap(string key)
    {
        Note(key, required: false, SchemaObject.OfTextMap());
        switch (Take(key, required: false))
        {
            case null:
                break;
            case DocumentNode.Mapping mapping when mapping.Pairs.All(pair => pair.Value is DocumentNode.Text):
                return mapping.Pairs.ToDictionary(pair => pair.Key.Value, pair => ((DocumentNode.Text)pair.Value).Value);
            default:
                Error($"{key} must map texts to texts.", key);
                break;
        }

        return new Dictionary<string, string>();
    }

    public bool Flag(string key)
    {
        Note(key, required: false, SchemaObject.OfFlag());
        switch (Take(key, required: false))
        {
            case null or DocumentNode.Text { Plain: true, Value: "false" }:
                return false;
            case DocumentNode.Text { Plain: true, Value: "true" }:
                return true;
            default:
                Error($"{key} must be true or false.", key);
                return false;
        }
    }

    public int Number(string key, int from, int to, int otherwise)
    {
        Note(key, required: false, SchemaObject.OfNumber(from, to));
        if (Take(key, required: false) is not { } node)
            return otherwise;
        if (node is DocumentNode.Text { Value: var text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to)
            return number;
        Error($"{key} must be a whole number from {from} to {to}.", key);
        return otherwise;
    }

    public TimeSpan Duration(string key, TimeSpan from, TimeSpan to, TimeSpan? otherwise = null)
    {
        Note(key, otherwise is null, SchemaObject.OfDuration(from, to));
        if (Take(key, required: otherwise is null) is not { } node)
            return otherwise ?? (_schema is null ? from : to);
        if (node is DocumentNode.Text { Value: var text } && DurationText.TryParse(text, out var duration) && duration >= from && duration <= to)
            return duration;
        Error($"{key} must be a duration from {DurationText.Format(from)} to {DurationText.Format(to)}, written like 90s, 30m, 8h or 1h30m.", key);
        // The longest, so that one wrong limit does not make everything below it look wrong too.
        return to;
    }
}
