namespace AccessGateway.SignIn;

using AccessGateway.Problems;

/// <summary>What clusters say about ServiceAccounts. Sign-in comes before clusters, so that it is implemented where clusters are.</summary>
internal interface IServiceAccounts
{
    /// <summary>Has the cluster check a token that was made for this gateway. <see cref="Refusal.Forbidden"/> where it does not count,
    /// <see cref="Refusal.Unavailable"/> where nobody can tell.</summary>
    Task<Outcome<ServiceAccountIdentity>> ReviewAsync(string cluster, string token, CancellationToken cancellationToken);

    /// <summary>Whether the ServiceAccount, and the pod where there is one, are still there.</summary>
    Task<Presence> LookAsync(ServiceAccountIdentity account, CancellationToken cancellationToken);
}

/// <summary>A ServiceAccount of a registered cluster, and the pod that its token was made for; null where it was made for none.</summary>
/// <param name="Uid">Another one of the same name has another.</param>
internal sealed record ServiceAccountIdentity(string Cluster, string Namespace, string Name, string Uid, string? PodName, string? PodUid)
{
    /// <summary>What documents call it.</summary>
    public string Id => $"{Cluster}/{Namespace}/{Name}";
}

/// <summary>What a look at a cluster gave.</summary>
internal abstract record Presence
{
    internal sealed record Present : Presence;

    /// <param name="Why">As the audit log says it.</param>
    internal sealed record Gone(string Why) : Presence;

    /// <summary>The cluster did not answer, or not to this.</summary>
    internal sealed record Unknown(string Why) : Presence;
}
