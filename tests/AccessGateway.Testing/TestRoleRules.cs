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

    public Task<string?> DigestAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken) => Task.FromResult(Digest);

    public void Replace(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<IRoleRules>(this));
}
