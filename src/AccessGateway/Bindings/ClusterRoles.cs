namespace AccessGateway.Bindings;

using System.Net;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>The roles that we made in one cluster, over its API. Kubernetes lets the gateway make a role only of rules that it holds
/// itself, since it has no <c>escalate</c>.</summary>
internal sealed class ClusterRoles(Func<IKubernetes> kubernetes, string gateway, OwnEchoes echoes)
{
    private IRbacAuthorizationV1Operations Rbac => kubernetes().RbacAuthorizationV1;

    /// <summary>Everything that carries our label, in every namespace.</summary>
    public async Task<IReadOnlyList<OwnedRole>> ListAsync(CancellationToken cancellationToken)
    {
        var selector = $"{OwnObjects.GatewayLabel}={gateway}";
        var clusterWide = Pages.AllAsync(async next =>
        {
            var page = await Rbac.ListClusterRoleAsync(labelSelector: selector, limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken);
            return (page.Items.Select(item => OwnedRole.Read(item.Metadata, item.Rules, item.AggregationRule is not null)), page.Metadata);
        });
        var namespaced = Pages.AllAsync(async next =>
        {
            var page = await Rbac.ListRoleForAllNamespacesAsync(labelSelector: selector, limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken);
            return (page.Items.Select(item => OwnedRole.Read(item.Metadata, item.Rules)), page.Metadata);
        });
        return [.. (await Task.WhenAll(clusterWide, namespaced)).SelectMany(found => found)];
    }

    /// <summary>What a grant needs.</summary>
    public IReadOnlyList<OwnedRole> Of(Grant grant) => OwnedRole.Of(grant, gateway);

    /// <summary>Makes the roles that a grant's binding in one place needs; of those that are there already, ones that somebody changed are made afresh.</summary>
    /// <param name="place">A namespace; null for the whole cluster.</param>
    public async Task CreateAsync(Grant grant, string? place, CancellationToken cancellationToken)
    {
        foreach (var role in Of(grant).Where(role => role.Namespace == place))
        {
            if (await CreateAsync(role, grant, cancellationToken) || await FindAsync(role, cancellationToken) is not { } found || found.DifferencesFrom(role).Count == 0)
                continue;
            await DeleteAsync(found, cancellationToken);
            await CreateAsync(role, grant, cancellationToken);
        }
    }

    /// <summary>Of one that was read from the cluster exactly that object. One that is gone already is no mistake.</summary>
    public async Task DeleteAsync(OwnedRole role, CancellationToken cancellationToken)
    {
        var options = role.Uid is null ? null : new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = role.Uid } };
        var gone = false;
        echoes.Expect(created: false, role.Resource, role.Namespace, role.Name);
        try
        {
            if (role.Namespace is { } place)
                await Rbac.DeleteNamespacedRoleAsync(role.Name, place, options, cancellationToken: cancellationToken);
            else
                await Rbac.DeleteClusterRoleAsync(role.Name, options, cancellationToken: cancellationToken);
            gone = true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound || (options is not null && e.Response.StatusCode == HttpStatusCode.Conflict))
        {
        }
        finally
        {
            if (!gone)
                echoes.Take(created: false, role.Resource, role.Namespace, role.Name);
        }
    }

    /// <summary>What has that name and place now, whatever its labels; null where nothing has.</summary>
    public async Task<OwnedRole?> FindAsync(OwnedRole role, CancellationToken cancellationToken)
    {
        try
        {
            if (role.Namespace is { } place)
            {
                var found = await Rbac.ReadNamespacedRoleAsync(role.Name, place, cancellationToken: cancellationToken);
                return OwnedRole.Read(found.Metadata, found.Rules);
            }

            var cluster = await Rbac.ReadClusterRoleAsync(role.Name, cancellationToken: cancellationToken);
            return OwnedRole.Read(cluster.Metadata, cluster.Rules, cluster.AggregationRule is not null);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>False where one of that name is there already.</summary>
    private async Task<bool> CreateAsync(OwnedRole role, Grant grant, CancellationToken cancellationToken)
    {
        var metadata = BindingManifest.Metadata(role.Name, role.Namespace, grant, gateway);
        var made = false;
        echoes.Expect(created: true, role.Resource, role.Namespace, role.Name);
        try
        {
            if (role.Namespace is { } place)
                await Rbac.CreateNamespacedRoleAsync(new V1Role { Metadata = metadata, Rules = OwnedRole.ToRules(grant) }, place, cancellationToken: cancellationToken);
            else
                await Rbac.CreateClusterRoleAsync(new V1ClusterRole { Metadata = metadata, Rules = OwnedRole.ToRules(grant) }, cancellationToken: cancellationToken);
            return made = true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
        finally
        {
            if (!made)
                echoes.Take(created: true, role.Resource, role.Namespace, role.Name);
        }
    }
}
