namespace AccessGateway.Kubectl.Kubeconfig;

using System.Text.Json.Serialization;

/// <summary>What <c>kubectl config view -o json</c> tells about contexts.</summary>
internal sealed record KubeconfigView(IReadOnlyList<NamedContext>? Contexts = null);

internal sealed record NamedContext(string? Name = null, [property: JsonPropertyName("context")] ContextParts? Parts = null);

internal sealed record ContextParts(string? Cluster = null, string? User = null);
