namespace AccessGateway.Kubectl.Reaping;

using System.Text.Json;
using System.Text.Json.Serialization;

/// <summary>What the reaper needs of Kubernetes' metadata.</summary>
internal sealed record ObjectMetadata
{
    public string Name { get; init; } = "";

    public string? Namespace { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public string? CreationTimestamp { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public IReadOnlyList<string>? Finalizers { get; init; }
}

internal sealed record PartialObject(ObjectMetadata Metadata);

internal sealed record ListMetadata(string? Continue = null);

internal sealed record PartialObjectList
{
    public ListMetadata? Metadata { get; init; }

    public IReadOnlyList<PartialObject>? Items { get; init; }
}

/// <summary>Deletes exactly what was looked at: one that was made anew, or changed, since is another one.</summary>
internal sealed record Preconditions(string? Uid, string? ResourceVersion);

internal sealed record DeleteOptions(Preconditions Preconditions, string ApiVersion = "v1", string Kind = "DeleteOptions");

/// <summary>A Status, as the API server answers a refusal.</summary>
internal sealed record KubernetesStatus(string? Message = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PartialObjectList))]
[JsonSerializable(typeof(PartialObject))]
[JsonSerializable(typeof(DeleteOptions))]
[JsonSerializable(typeof(KubernetesStatus))]
[JsonSerializable(typeof(Reaped))]
internal sealed partial class ReapJson : JsonSerializerContext;
