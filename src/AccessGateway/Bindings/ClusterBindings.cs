namespace AccessGateway.Bindings;

using System.Net;
using AccessGateway.Grants;
using k8s;
using k8s.Autorest;
using k8s.Models;

/// <summary>Our bindings in one cluster, over its API.</summary>
internal sealed class ClusterBindings(Func<IKubernetes> kubernetes, string gateway)
{
    private const int PageSize = 500;

    /// <summary>Everything that carries our label, in every namespace.</summary>
    public async Task<IReadOnlyList<Binding>> ListAsync(CancellationToken cancellationToken)
    {
        var selector = $"{BindingManifest.GatewayLabel}={gateway}";
        var found = new List<Binding>();
        string? next = null;
        do
        {
            var page = await kubernetes().RbacAuthorizationV1.ListClusterRoleBindingAsync(labelSelector: selector, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken);
            found.AddRange(page.Items.Select(item => BindingManifest.Read(item.Metadata, item.RoleRef, item.Subjects)));
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));

        do
        {
            var page = await kubernetes().RbacAuthorizationV1.ListRoleBindingForAllNamespacesAsync(labelSelector: selector, limit: PageSize, continueParameter: next, cancellationToken: cancellationToken);
            found.AddRange(page.Items.Select(item => BindingManifest.Read(item.Metadata, item.RoleRef, item.Subjects)));
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return found;
    }

    /// <summary>Creates a binding. False where an object of that name is there already.</summary>
    public async Task<bool> CreateAsync(Binding binding, Grant grant, CancellationToken cancellationToken)
    {
        try
        {
            if (binding.Namespace is { } place)
                await kubernetes().RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(BindingManifest.ToRoleBinding(binding, grant, gateway), place, cancellationToken: cancellationToken);
            else
                await kubernetes().RbacAuthorizationV1.CreateClusterRoleBindingAsync(BindingManifest.ToClusterRoleBinding(binding, grant, gateway), cancellationToken: cancellationToken);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    /// <summary>Writes the end of a binding's grant on it, in place: nobody loses access for a moment. False where the API server does not let
    /// us (rights of before), or the binding is gone.</summary>
    public async Task<bool> RestampAsync(Binding binding, CancellationToken cancellationToken)
    {
        var annotations = new Dictionary<string, string?> { [BindingManifest.NotAfterAnnotation] = binding.NotAfter };
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

    /// <summary>Deletes a binding. False where there was none.</summary>
    public async Task<bool> DeleteAsync(Binding binding, CancellationToken cancellationToken)
    {
        try
        {
            if (binding.Namespace is { } place)
                await kubernetes().RbacAuthorizationV1.DeleteNamespacedRoleBindingAsync(binding.Name, place, cancellationToken: cancellationToken);
            else
                await kubernetes().RbacAuthorizationV1.DeleteClusterRoleBindingAsync(binding.Name, cancellationToken: cancellationToken);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }
}
