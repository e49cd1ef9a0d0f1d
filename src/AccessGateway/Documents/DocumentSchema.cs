namespace AccessGateway.Documents;

using System.Text.Json.Nodes;

/// <summary>The JSON Schema of the documents, for editors: each kind's reader, run without a document, says what it asks for. It knows
/// keys, types, words and ranges; what only a whole configuration can tell, <c>config check</c> finds.</summary>
internal static class DocumentSchema
{
    public const string ApiVersion = "access-gateway/v1";

    public static JsonObject Create() => new()
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["$id"] = "https://access-gateway.io/schema/v1.json",
        ["title"] = "AccessGateway documents",
        ["type"] = "object",
        ["properties"] = new JsonObject { ["kind"] = Words([.. DocumentKinds.All.Select(kind => kind.Name)]) },
        ["required"] = new JsonArray("apiVersion", "kind", "metadata", "spec"),
        ["allOf"] = new JsonArray([.. DocumentKinds.All.Select(kind => new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind.Name } } },
            ["then"] = new JsonObject { ["$ref"] = $"#/$defs/{kind.Name}" },
        })]),
        ["$defs"] = new JsonObject(DocumentKinds.All.Select(kind => KeyValuePair.Create<string, JsonNode?>(kind.Name, Of(kind)))),
    };

    private static JsonObject Of(DocumentKind kind)
    {
        var (metadata, spec) = (SchemaObject.OfMapping(), SchemaObject.OfMapping());
        var named = new MappingReader(DocumentNode.Mapping.Empty, DocumentSource.Nowhere, metadata);
        named.Text("name", required: true);
        kind.Read("name", named, new MappingReader(DocumentNode.Mapping.Empty, DocumentSource.Nowhere, spec));
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = Words([ApiVersion]),
                ["kind"] = Words([kind.Name]),
                ["metadata"] = metadata.ToJson(),
                ["spec"] = spec.ToJson(),
            },
            ["required"] = new JsonArray("apiVersion", "kind", "metadata", "spec"),
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Words(IReadOnlyList<string> words) => SchemaObject.OfWords(words).ToJson();
}
