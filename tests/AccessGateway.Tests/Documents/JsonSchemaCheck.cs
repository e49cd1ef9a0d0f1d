namespace AccessGateway.Tests.Documents;

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AccessGateway.Documents;

/// <summary>Checks documents as an editor would, by the keywords of JSON Schema that ours uses.</summary>
internal static class JsonSchemaCheck
{
    public static List<string> Problems(JsonObject schema, DocumentNode document) => [.. Problems(schema, schema, ToJson(document), "")];

    private static IEnumerable<string> Problems(JsonObject root, JsonObject schema, JsonNode? value, string path)
    {
        if ((string?)schema["$ref"] is { } reference)
            return Problems(root, (JsonObject)root["$defs"]![reference.Split('/')[^1]]!, value, path);
        return Own(schema, value, path).Concat(Parts(root, schema, value, path));
    }

    private static IEnumerable<string> Own(JsonObject schema, JsonNode? value, string path)
    {
        var type = value switch
        {
            JsonObject => "object",
            JsonArray => "array",
            _ => value!.GetValueKind() switch { System.Text.Json.JsonValueKind.String => "string", System.Text.Json.JsonValueKind.Number => "integer", _ => "boolean" },
        };
        if ((string?)schema["type"] is { } wanted && wanted != type)
            yield return $"{path} is {type}, not {wanted}";
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            yield return $"{path} is none of {words.ToJsonString()}";
        if ((string?)schema["pattern"] is { } pattern && type == "string" && !Regex.IsMatch((string)value!, pattern))
            yield return $"{path} matches not {pattern}";
        if ((int?)schema["minLength"] is { } length && type == "string" && ((string)value!).Length < length)
            yield return $"{path} is too short";
        if (type == "integer" && ((int)value! < ((int?)schema["minimum"] ?? int.MinValue) || (int)value! > ((int?)schema["maximum"] ?? int.MaxValue)))
            yield return $"{path} is out of range";
        foreach (var key in (schema["required"] as JsonArray ?? []).Select(key => (string)key!).Where(key => value is JsonObject mapping && !mapping.ContainsKey(key)))
            yield return $"{path}/{key} is missing";
    }

    private static IEnumerable<string> Parts(JsonObject root, JsonObject schema, JsonNode? value, string path)
    {
        if (schema["anyOf"] is JsonArray forms && !forms.Any(form => !Problems(root, (JsonObject)form!, value, path).Any()))
            yield return $"{path} has none of its forms";
        foreach (var rule in (schema["allOf"] as JsonArray ?? []).Cast<JsonObject>())
        {
            if ((string?)rule["if"]!["properties"]!["kind"]!["const"] != (string?)value!["kind"])
                continue;
            foreach (var problem in Problems(root, (JsonObject)rule["then"]!, value, path))
                yield return problem;
        }

        if (schema["items"] is JsonObject items && value is JsonArray list)
        {
            foreach (var problem in list.SelectMany((item, index) => Problems(root, items, item, $"{path}/{index}")))
                yield return problem;
        }

        if (value is not JsonObject mapping || (schema["properties"] is null && schema["additionalProperties"] is null))
            yield break;
        foreach (var (key, part) in mapping)
        {
            if ((schema["properties"] as JsonObject)?[key] is JsonObject known)
            {
                foreach (var problem in Problems(root, known, part, $"{path}/{key}"))
                    yield return problem;
            }
            else if (schema["additionalProperties"] is JsonValue)
            {
                yield return $"{path}/{key} is unknown";
            }
            else if (schema["additionalProperties"] is JsonObject any)
            {
                foreach (var problem in Problems(root, any, part, $"{path}/{key}"))
                    yield return problem;
            }
        }
    }

    private static JsonNode? ToJson(DocumentNode node) => node switch
    {
        DocumentNode.Mapping mapping => new JsonObject(mapping.Pairs.Select(pair => KeyValuePair.Create(pair.Key.Value, ToJson(pair.Value)))),
        DocumentNode.List list => new JsonArray([.. list.Items.Select(ToJson)]),
        DocumentNode.Text { Plain: true, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        DocumentNode.Text { Plain: true } text when int.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        DocumentNode.Text text => JsonValue.Create(text.Value),
        _ => null,
    };
}
