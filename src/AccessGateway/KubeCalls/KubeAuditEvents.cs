namespace AccessGateway.KubeCalls;

using System.Text.Json;
using System.Text.Json.Serialization;

/// <summary>An EventList of <c>audit.k8s.io/v1</c>, as an API server's audit webhook sends it. What the gateway does not need is not read,
/// bodies of requests and answers above all.</summary>
internal sealed record KubeAuditList
{
    public string? Kind { get; init; }

    public string? ApiVersion { get; init; }

    public IReadOnlyList<KubeAuditEvent?>? Items { get; init; }
}

internal sealed record KubeAuditEvent
{
    [JsonPropertyName("auditID")]
    public string? AuditId { get; init; }

    public string? Stage { get; init; }

    [JsonPropertyName("requestURI")]
    public string? RequestUri { get; init; }

    public string? Verb { get; init; }

    public KubeAuditUser? User { get; init; }

    [JsonPropertyName("sourceIPs")]
    public IReadOnlyList<string?>? SourceIps { get; init; }

    public string? UserAgent { get; init; }

    public KubeAuditObject? ObjectRef { get; init; }

    public KubeAuditStatus? ResponseStatus { get; init; }

    public DateTimeOffset? RequestReceivedTimestamp { get; init; }

    public DateTimeOffset? StageTimestamp { get; init; }

    public IReadOnlyDictionary<string, string?>? Annotations { get; init; }
}

/// <summary>Who was authenticated. Whom they impersonate is another field, and gives nobody a grant.</summary>
internal sealed record KubeAuditUser(string? Username, IReadOnlyList<string?>? Groups);

internal sealed record KubeAuditObject(string? Resource, string? Subresource, string? Namespace, string? Name, string? ApiGroup);

internal sealed record KubeAuditStatus(int? Code);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNameCaseInsensitive = false, MaxDepth = 256)]
[JsonSerializable(typeof(KubeAuditList))]
internal sealed partial class KubeAuditJson : JsonSerializerContext;
