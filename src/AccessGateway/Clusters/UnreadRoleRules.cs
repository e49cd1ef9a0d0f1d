namespace AccessGateway.Clusters;

/// <summary>Where nothing reads roles: no cluster ever answers.</summary>
internal sealed class UnreadRoleRules : IRoleRules
{
    public Task<string?> DigestAsync(string cluster, string clusterRole, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}
