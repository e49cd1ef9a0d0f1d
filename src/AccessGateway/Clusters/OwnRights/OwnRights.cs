namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;

/// <summary>One thing that the gateway itself must be allowed to do in a cluster.</summary>
/// <param name="Namespace">Where; null for everywhere.</param>
/// <param name="Why">For the operator who applies it.</param>
internal sealed record OwnRight(RoleRule Rule, string? Namespace, string Why);

/// <summary>What the gateway must be allowed to do in a cluster for its documents to work, and nothing more. Pure.</summary>
internal static class OwnRights
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private static readonly string[] Keep = ["get", "list", "watch", "create", "delete"];
    private static readonly string[] KeepBindings = ["get", "list", "watch", "create", "patch", "delete"];

    public static IReadOnlyList<OwnRight> Of(GatewayDocuments documents, ClusterDefinition cluster)
    {
        var policies = documents.PoliciesOn(cluster).ToList();
        var roles = policies.SelectMany(policy => policy.Roles).ToList();
        return [.. Bindings(roles), .. Existing(roles), .. Made(roles), .. Reading(), .. Signing(cluster), .. Machines(policies, cluster), .. Posture(cluster)];
    }

    /// <summary>What the gateway may hold besides, to see whether the policy is there that limits its writes; nothing depends on it.</summary>
    public static IReadOnlyList<OwnRight> ToLook(string gateway) =>
        [Everywhere("admissionregistration.k8s.io", ["validatingadmissionpolicies", "validatingadmissionpolicybindings"], [OwnWrites.NameOf(gateway)], ["get"], "whether the policy is there that limits what the gateway writes")];

    private static IEnumerable<OwnRight> Bindings(List<OfferedRole> roles)
    {
        // What an earlier policy bound must be found and removed, whatever is offered now.
        foreach (var (resource, scope) in new[] { ("clusterrolebindings", RoleScope.Cluster), ("rolebindings", RoleScope.Namespaces) })
        {
            var offered = roles.Any(role => role.Scope == scope);
            yield return Everywhere(Rbac, [resource], [], offered ? KeepBindings : [.. Keep.Where(verb => verb != "create")], offered ? "a grant is one binding; patch moves the end that it names" : "bindings of grants of before are removed");
        }
    }

    private static IEnumerable<OwnRight> Existing(List<OfferedRole> roles)
    {
        var clusterRoles = Names(roles.Select(role => role.Target.ClusterRole));
        if (clusterRoles.Count > 0)
            yield return Everywhere(Rbac, ["clusterroles"], clusterRoles, ["get", "bind"], "the ClusterRoles that policies offer; what is not named here cannot be given");
        var named = roles.Where(role => role.Target.NamespacedRole.Length > 0).SelectMany(Places, (role, place) => (Place: place, role.Target.NamespacedRole));
        foreach (var place in named.GroupBy(role => role.Place, role => role.NamespacedRole, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
            yield return new OwnRight(Rule(Rbac, ["roles"], Names(place), ["get", "bind"]), place.Key, "the Roles that policies offer");
    }

    /// <summary>Kubernetes lets nobody make a role of rules that they do not hold; the gateway never has <c>escalate</c>.</summary>
    private static IEnumerable<OwnRight> Made(List<OfferedRole> roles)
    {
        var made = roles.Where(role => role.Target.HasOwnRules).ToList();
        if (made.Count == 0)
            yield break;
        yield return Everywhere(Rbac, ["clusterroles", "roles"], [], Keep, "a role is made for each grant with rules of its own, and removed with it");
        foreach (var role in made)
        {
            foreach (var rule in role.Target.Rules)
            {
                foreach (var place in Places(role))
                    yield return new OwnRight(rule, place, $"a rule of the role '{role.Name}', which the gateway must hold to give it");
            }
        }
    }

    private static IEnumerable<OwnRight> Reading()
    {
        yield return Everywhere(Rbac, ["clusterroles", "roles", "clusterrolebindings", "rolebindings"], [], ["get", "list"], "blast radius and risk: what roles really allow");
        yield return Everywhere("", ["namespaces"], [], ["get", "list", "watch"], "offers name namespaces by pattern");
    }

    private static IEnumerable<OwnRight> Signing(ClusterDefinition cluster)
    {
        if (cluster.Signer is not SignerDefinition.KubernetesCsr)
            yield break;
        const string why = "signer kubernetesCsr; whoever holds this can obtain a certificate for any name but system:masters";
        yield return Everywhere("certificates.k8s.io", ["certificatesigningrequests"], [], ["create", "get", "delete"], why);
        yield return Everywhere("certificates.k8s.io", ["certificatesigningrequests/approval"], [], ["update"], why);
        yield return Everywhere("certificates.k8s.io", ["signers"], ["kubernetes.io/kube-apiserver-client"], ["approve"], why);
    }

    private static IEnumerable<OwnRight> Machines(List<AccessPolicy> policies, ClusterDefinition cluster)
    {
        var prefix = $"{cluster.Name}/";
        var accounts = policies.SelectMany(policy => policy.Requesters.Machines.ServiceAccounts)
            .Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Select(id => id[prefix.Length..].Split('/', 2)).ToList();
        if (accounts.Count == 0)
            yield break;
        yield return Everywhere("authentication.k8s.io", ["tokenreviews"], [], ["create"], "tokens of ServiceAccounts are checked by their cluster");
        foreach (var place in accounts.GroupBy(parts => parts[0], parts => parts[1], StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            yield return new OwnRight(Rule("", ["pods"], [], ["get"]), place.Key, "whether the pod of a grant is still there; one at a time");
            yield return new OwnRight(Rule("", ["serviceaccounts"], Names(place), ["get"]), place.Key, "whether the ServiceAccount is still there");
        }
    }

    /// <summary>Only where the document asks for it: ConfigMaps and pods may hold secrets by accident, which the gateway then could read.</summary>
    private static IEnumerable<OwnRight> Posture(ClusterDefinition cluster)
    {
        if (cluster.PostureWorkloads)
            yield return Everywhere("", ["pods", "configmaps", "serviceaccounts"], [], ["get", "list"], "spec.posture.workloads; whoever holds this reads every ConfigMap");
    }

    /// <summary>Exactly the namespaces of an offer; null for everywhere: the whole cluster, and patterns, which RBAC does not know.</summary>
    private static IEnumerable<string?> Places(OfferedRole role) =>
        role.Scope == RoleScope.Cluster || role.Namespaces.Any(pattern => pattern.AsSpan().ContainsAny('*', '?')) ? new string?[] { null } : role.Namespaces.Select(string? (place) => place);

    private static OwnRight Everywhere(string group, IReadOnlyList<string> resources, IReadOnlyList<string> names, IReadOnlyList<string> verbs, string why) =>
        new(Rule(group, resources, names, verbs), null, why);

    private static RoleRule Rule(string group, IReadOnlyList<string> resources, IReadOnlyList<string> names, IReadOnlyList<string> verbs) => new([group], resources, names, verbs, []);

    private static IReadOnlyList<string> Names(IEnumerable<string> names) => [.. names.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
