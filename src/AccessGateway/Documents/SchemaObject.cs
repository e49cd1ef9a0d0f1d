namespace AccessGateway.Documents;

using System.Text.Json.Nodes;
using AccessGateway.Contracts;

/// <summary>What a reader asks of one value, as a JSON Schema (draft 2020-12) says it. Grows while a reader describes itself.</summary>
internal sealed class SchemaObject
{
    private readonly JsonObject _own;
    private readonly SortedDictionary<string, List<SchemaObject>> _properties = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _required = new(StringComparer.Ordinal);
    private readonly bool _isMapping;

    private SchemaObject(JsonObject own, bool isMapping = false, SchemaObject? items = null) => (_own, _isMapping, Items) = (own, isMapping, items);

    /// <summary>Of a list: what each of its items is.</summary>
    public SchemaObject? Items { get; }

    public static SchemaObject OfMapping() => new(new JsonObject { ["type"] = "object" }, isMapping: true);

    public static SchemaObject OfList(SchemaObject items) => new(new JsonObject { ["type"] = "array" }, items: items);

    public static SchemaObject OfText(bool empty = false) => new(new JsonObject { ["type"] = "string", ["minLength"] = empty ? 0 : 1 });

    public static SchemaObject OfWords(IReadOnlyList<string> words) => new(new JsonObject { ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]) });

    public static SchemaObject OfTextMap() => new(new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "string" } });

    public static SchemaObject OfFlag() => new(new JsonObject { ["type"] = "boolean" });

    public static SchemaObject OfNumber(int from, int to) => new(new JsonObject { ["type"] = "integer", ["minimum"] = from, ["maximum"] = to });

    public static SchemaObject OfDuration(TimeSpan from, TimeSpan to) => new(new JsonObject
    {
        ["type"] = "string",
        ["pattern"] = "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
        ["description"] = $"A duration from {DurationText.Format(from)} to {DurationText.Format(to)}, written like 90s, 30m, 8h or 1h30m.",
    });

    /// <summary>Notes a key; asked for twice in one form it is the same, in another form either will do.</summary>
    public SchemaObject Note(string key, bool required, SchemaObject value)
    {
        if (required)
            _required.Add(key);
        if (!_properties.TryGetValue(key, out var forms))
            _properties[key] = forms = [];
        if (forms.Find(form => JsonNode.DeepEquals(form._own, value._own)) is { } known)
            return known;
        forms.Add(value);
        return value;
    }

    public JsonObject ToJson()
    {
        var json = (JsonObject)_own.DeepClone();
        if (Items is not null)
            json["items"] = Items.ToJson();
        if (!_isMapping)
            return json;
        json["properties"] = new JsonObject(_properties.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, OneOf(pair.Value))));
        if (_required.Count > 0)
            json["required"] = new JsonArray([.. _required.Select(key => JsonValue.Create(key))]);
        json["additionalProperties"] = false;
        return json;
    }

    private static JsonObject OneOf(List<SchemaObject> forms) => forms is [var only]
        ? only.ToJson()
        : new JsonObject { ["anyOf"] = new JsonArray([.. forms.Select(form => form.ToJson())]) };
}
