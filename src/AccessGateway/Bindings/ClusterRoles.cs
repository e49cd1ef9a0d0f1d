namespace AccessGateway.Bindings;

using System.Net;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>The roles that we made in one cluster, over its API. Kubernetes lets the gateway make a role only of rules that it holds
/// itself, since it has no <c>escalate</c>.</summary>
internal sealed class ClusterRoles(Func<IKubernetes> kubernetes, string gateway)
{
    private const int PageSize = 500;

    /// <summary>Everything that carries our label, in every namespace.</summary>
    public async Task<IReadOnlyList<OwnedRole>> ListAsync(CancellationToken cancellationToken)
    {
        var rbac = kubernetes().RbacAuthorizationV1;
        var selector = $"{OwnObjects.GatewayLabel}={gateway}";
        var found = new List<OwnedRole>();
        string? next = null;
        do
        {
            var page = await rbac.ListClusterRoleAsync(labelSelector: selector, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken);
            found.AddRange(page.Items.Select(item => OwnedRole.Read(item.Metadata, item.Rules, item.AggregationRule is not null)));
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));

        do
        {
            var page = await rbac.ListRoleForAllNamespacesAsync(labelSelector: selector, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken);
            found.AddRange(page.Items.Select(item => OwnedRole.Read(item.Metadata, item.Rules)));
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return found;
    }

    /// <summary>Makes a grant's roles, or the one in a namespace; of those that are there already, ones that somebody changed are made afresh.</summary>
    public async Task CreateAsync(Grant grant, CancellationToken cancellationToken, string? place = null)
    {
        foreach (var role in OwnedRole.Of(grant).Where(role => place is null || role.Namespace == place))
        {
            try
            {
                await CreateAsync(role, grant, cancellationToken);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                if (await ReadAsync(role, cancellationToken) == role)
                    continue;
                await DeleteAsync(role, cancellationToken);
                await CreateAsync(role, grant, cancellationToken);
            }
        }
    }

    /// <summary>Removes a grant's roles; those that are gone already are no mistake.</summary>
    public async Task DeleteAsync(Grant grant, CancellationToken cancellationToken)
    {
        foreach (var role in OwnedRole.Of(grant))
            await DeleteAsync(role, cancellationToken);
    }

    public async Task DeleteAsync(OwnedRole role, CancellationToken cancellationToken)
    {
        try
        {
            var rbac = kubernetes().RbacAuthorizationV1;
            if (role.Namespace is { } place)
                await rbac.DeleteNamespacedRoleAsync(role.Name, place, cancellationToken: cancellationToken);
            else
                await rbac.DeleteClusterRoleAsync(role.Name, cancellationToken: cancellationToken);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
        }
    }

    private async Task<OwnedRole> ReadAsync(OwnedRole role, CancellationToken cancellationToken)
    {
        var rbac = kubernetes().RbacAuthorizationV1;
        if (role.Namespace is { } place)
        {
            var found = await rbac.ReadNamespacedRoleAsync(role.Name, place, cancellationToken: cancellationToken);
            return OwnedRole.Read(found.Metadata, found.Rules);
        }

        var cluster = await rbac.ReadClusterRoleAsync(role.Name, cancellationToken: cancellationToken);
        return OwnedRole.Read(cluster.Metadata, cluster.Rules, cluster.AggregationRule is not null);
    }

    private async Task CreateAsync(OwnedRole role, Grant grant, CancellationToken cancellationToken)
    {
        var rbac = kubernetes().RbacAuthorizationV1;
        var metadata = BindingManifest.Metadata(role.Name, role.Namespace, grant, gateway);
        if (role.Namespace is { } place)
            await rbac.CreateNamespacedRoleAsync(new V1Role { Metadata = metadata, Rules = OwnedRole.ToRules(grant) }, place, cancellationToken: cancellationToken);
        else
            await rbac.CreateClusterRoleAsync(new V1ClusterRole { Metadata = metadata, Rules = OwnedRole.ToRules(grant) }, cancellationToken: cancellationToken);
    }
}
