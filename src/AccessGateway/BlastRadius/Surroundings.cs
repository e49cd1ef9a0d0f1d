namespace AccessGateway.BlastRadius;

using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>Where a role is bound: the whole cluster, or these namespaces.</summary>
internal sealed record Place(bool WholeCluster, IReadOnlyList<string> Namespaces)
{
    public static readonly Place Cluster = new(WholeCluster: true, []);

    /// <summary>Where the cluster's own parts run.</summary>
    public static bool IsSystem(string name) => name == "kube-system";

    public static Place In(params IReadOnlyList<string> namespaces) => new(WholeCluster: false, namespaces);

    public bool Includes(string? name) => name is null || WholeCluster || Namespaces.Contains(name);
}

/// <summary>A ServiceAccount that holds more than its own namespace: whoever can act as it can do that too.</summary>
/// <param name="Namespace">Null for those of every namespace.</param>
/// <param name="Name">Null for every one there.</param>
/// <param name="Risk">The worst of what it holds by itself.</param>
internal sealed record PowerfulAccount(string? Namespace, string? Name, RiskLevel Risk)
{
    public override string ToString() => $"{Namespace ?? "every namespace"}/{Name ?? "every ServiceAccount"} ({Risk.ToString().ToLowerInvariant()})";
}

/// <summary>What else is in the cluster, as far as it decides where a role leads.</summary>
internal sealed record Surroundings(IReadOnlyList<PowerfulAccount> Accounts, IReadOnlyList<RbacNamespace> Namespaces)
{
    public static readonly Surroundings Empty = new([], []);

    /// <summary>Pure; the same state gives the same surroundings.</summary>
    public static Surroundings Of(RbacState state) => new(PowerfulAccounts.Of(state), state.Namespaces);

    /// <summary>The namespaces of a place in which no label keeps a Pod from taking its node.</summary>
    public IReadOnlyList<string> WithoutPodSecurity(Place place) =>
        [.. Namespaces.Where(item => place.Includes(item.Name) && item.PodSecurity is not ("baseline" or "restricted")).Select(item => item.Name)];
}
