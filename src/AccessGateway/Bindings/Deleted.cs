namespace AccessGateway.Bindings;

using k8s.Models;

/// <summary>What an API server says to a delete.</summary>
internal static class Deleted
{
    /// <summary>What is there still though it answered yes: an object with finalizers stays as it is, and works, until they are gone. Null where
    /// nothing is.</summary>
    public static V1ObjectMeta? Left(V1Status answer) =>
        answer.HasObject && answer.ObjectView<V1ClusterRoleBinding>()?.Metadata is { Finalizers.Count: > 0 } metadata ? metadata : null;
}
