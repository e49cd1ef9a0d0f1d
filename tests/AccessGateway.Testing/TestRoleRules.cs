namespace AccessGateway.Testing;

using AccessGateway.Clusters;
using AccessGateway.Policy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

/// <summary>A cluster that says what the test wants its roles to allow.</summary>
internal sealed class TestRoleRules : IRoleRules
{
    /// <summary>Null: it does not answer.</summary>
    public string? Digest { get; set; } = "first";

    /// <summary>What a cluster says where it is another thing than <see cref="Digest"/>.</summary>
    public Dictionary<string, string?> On { get; } = [];

    public Task<string?> DigestAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken) => Task.FromResult(On.TryGetValue(cluster, out var own) ? own : Digest);

    public void Replace(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<IRoleRules>(this));
}
