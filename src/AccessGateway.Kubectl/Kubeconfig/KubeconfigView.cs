namespace AccessGateway.Kubectl.Kubeconfig;

using System.Text.Json.Serialization;

/// <summary>What <c>kubectl config view -o json</c> tells about contexts.</summary>
internal sealed record KubeconfigView(IReadOnlyList<NamedContext>? Contexts);

internal sealed record NamedContext(string? Name, [property: JsonPropertyName("context")] ContextParts? Parts);

internal sealed record ContextParts(string? Cluster, string? User);
