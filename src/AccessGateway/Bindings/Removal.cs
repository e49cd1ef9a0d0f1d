namespace AccessGateway.Bindings;

using System.Collections.Concurrent;
using AccessGateway.Grants;
using k8s.Autorest;

/// <summary>What came of removing some.</summary>
internal sealed class Removal
{
    public ConcurrentBag<Grant> Gone { get; } = [];

    public ConcurrentQueue<Exception> Failures { get; } = new();

    /// <summary>Whether the API server did not answer at all.</summary>
    public bool IsSilent => Failures.Any(failure => failure is not HttpOperationException);
}
