namespace AccessGateway.BlastRadius;

using AccessGateway.Contracts;

/// <summary>Which ServiceAccounts one can act as through a danger.</summary>
internal enum Accounts
{
    None,

    /// <summary>Any of the namespace.</summary>
    Any,

    /// <summary>Any, but where the right is by name, those of that name.</summary>
    Named,

    /// <summary>Any, but none where the right is by name.</summary>
    UnlessNamed,
}

/// <summary>Something that a role can allow and that reviewers should know of.</summary>
/// <param name="Act">What follows "Can".</param>
internal sealed record Danger(string Code, string Act, IReadOnlyList<Target> Targets)
{
    /// <summary>Bound for the whole cluster, or in a namespace of the cluster's own parts.</summary>
    public required RiskLevel InCluster { get; init; }

    /// <summary>Bound in other namespaces; null where it means nothing there.</summary>
    public RiskLevel? InNamespaces { get; init; }

    /// <summary>Whether the objects belong to no namespace: a RoleBinding gives nothing then.</summary>
    public bool ClusterScoped { get; init; }

    /// <summary>Whether a right to certain objects, by name, is one level less.</summary>
    public bool LessByName { get; init; }

    public Accounts Accounts { get; init; }

    /// <summary>Whether Pod Security matters for it.</summary>
    public bool StartsPods { get; init; }

    /// <summary>What follows the place, after a colon.</summary>
    public string? Because { get; init; }
}
