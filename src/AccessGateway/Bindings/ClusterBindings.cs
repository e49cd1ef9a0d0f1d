namespace AccessGateway.Bindings;

using System.Net;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Our bindings in one cluster, over its API.</summary>
internal sealed class ClusterBindings(Func<IKubernetes> kubernetes, string gateway, OwnEchoes echoes)
{
    /// <summary>What a grant needs.</summary>
    public IReadOnlyList<Binding> Of(Grant grant) => BindingManifest.Of(grant, gateway);

    /// <summary>Everything that carries our label, in every namespace.</summary>
    public async Task<IReadOnlyList<Binding>> ListAsync(CancellationToken cancellationToken)
    {
        var selector = $"{OwnObjects.GatewayLabel}={gateway}";
        var clusterWide = Pages.AllAsync(async next =>
        {
            var page = await kubernetes().RbacAuthorizationV1.ListClusterRoleBindingAsync(labelSelector: selector, limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken);
            return (page.Items.Select(Read), page.Metadata);
        });
        var namespaced = Pages.AllAsync(async next =>
        {
            var page = await kubernetes().RbacAuthorizationV1.ListRoleBindingForAllNamespacesAsync(labelSelector: selector, limit: Pages.Size, continueParameter: next, cancellationToken: cancellationToken);
            return (page.Items.Select(Read), page.Metadata);
        });
        return [.. (await Task.WhenAll(clusterWide, namespaced)).SelectMany(found => found)];
    }

    /// <summary>What has that name and place now, whatever its labels; null where nothing has.</summary>
    public async Task<Binding?> FindAsync(Binding binding, CancellationToken cancellationToken)
    {
        try
        {
            return binding.Namespace is { } place
                ? Read(await kubernetes().RbacAuthorizationV1.ReadNamespacedRoleBindingAsync(binding.Name, place, cancellationToken: cancellationToken))
                : Read(await kubernetes().RbacAuthorizationV1.ReadClusterRoleBindingAsync(binding.Name, cancellationToken: cancellationToken));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Creates a binding. False where an object of that name is there already.</summary>
    public async Task<bool> CreateAsync(Binding binding, Grant grant, CancellationToken cancellationToken)
    {
        var made = false;
        echoes.Expect(created: true, binding.Resource, binding.Namespace, binding.Name);
        try
        {
            if (binding.Namespace is { } place)
                await kubernetes().RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(BindingManifest.ToRoleBinding(binding, grant, gateway), place, cancellationToken: cancellationToken);
            else
                await kubernetes().RbacAuthorizationV1.CreateClusterRoleBindingAsync(BindingManifest.ToClusterRoleBinding(binding, grant, gateway), cancellationToken: cancellationToken);
            return made = true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
        finally
        {
            if (!made)
                echoes.Take(created: true, binding.Resource, binding.Namespace, binding.Name);
        }
    }

    /// <summary>Writes the end of a binding's grant on it, in place: nobody loses access for a moment. False where the API server does not let
    /// us (rights of before), or the binding is gone.</summary>
    public async Task<bool> RestampAsync(Binding binding, CancellationToken cancellationToken)
    {
        var annotations = new Dictionary<string, string?> { [OwnObjects.NotAfterAnnotation] = binding.NotAfter };
        var patch = new V1Patch(new { metadata = new { annotations } }, V1Patch.PatchType.MergePatch);
        try
        {
            if (binding.Namespace is { } place)
                await kubernetes().RbacAuthorizationV1.PatchNamespacedRoleBindingAsync(patch, binding.Name, place, cancellationToken: cancellationToken);
            else
                await kubernetes().RbacAuthorizationV1.PatchClusterRoleBindingAsync(patch, binding.Name, cancellationToken: cancellationToken);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>Deletes a binding: of one that was read from the cluster exactly that object, as it was read. False where there was none, or
    /// where it is another by now. One that somebody put finalizers on stays, and binds, when the API server has said yes: they are taken away.</summary>
    public async Task<bool> DeleteAsync(Binding binding, CancellationToken cancellationToken)
    {
        var options = binding.Uid is null ? null : new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = binding.Uid, ResourceVersion = binding.Version } };
        var gone = false;
        echoes.Expect(created: false, binding.Resource, binding.Namespace, binding.Name);
        try
        {
            var answer = binding.Namespace is { } place
                ? await kubernetes().RbacAuthorizationV1.DeleteNamespacedRoleBindingAsync(binding.Name, place, options, cancellationToken: cancellationToken)
                : await kubernetes().RbacAuthorizationV1.DeleteClusterRoleBindingAsync(binding.Name, options, cancellationToken: cancellationToken);
            // In place of a Status the object itself: it is only being deleted.
            if (answer.Kind is not (null or V1Status.KubeKind))
                await ReleaseAsync(binding, cancellationToken);
            return gone = true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound || (options is not null && e.Response.StatusCode == HttpStatusCode.Conflict))
        {
            return false;
        }
        finally
        {
            if (!gone)
                echoes.Take(created: false, binding.Resource, binding.Namespace, binding.Name);
        }
    }

    /// <summary>Takes the finalizers from what is being deleted already: it goes with the last of them.</summary>
    private async Task ReleaseAsync(Binding binding, CancellationToken cancellationToken)
    {
        if (await FindAsync(binding, cancellationToken) is not { Finalizers.Length: > 0 } left)
            return;
        var patch = new V1Patch(new { metadata = new { uid = left.Uid, finalizers = Array.Empty<string>() } }, V1Patch.PatchType.MergePatch);
        if (binding.Namespace is { } place)
            await kubernetes().RbacAuthorizationV1.PatchNamespacedRoleBindingAsync(patch, binding.Name, place, cancellationToken: cancellationToken);
        else
            await kubernetes().RbacAuthorizationV1.PatchClusterRoleBindingAsync(patch, binding.Name, cancellationToken: cancellationToken);
    }

    private static Binding Read(V1ClusterRoleBinding item) => BindingManifest.Read(item.Metadata, item.RoleRef, item.Subjects);

    private static Binding Read(V1RoleBinding item) => BindingManifest.Read(item.Metadata, item.RoleRef, item.Subjects);
}
