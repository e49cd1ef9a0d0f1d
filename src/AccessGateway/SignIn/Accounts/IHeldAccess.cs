namespace AccessGateway.SignIn;

/// <summary>What somebody holds through the gateway, and loses with their account. Accounts come before grants, so that it is
/// implemented where grants are.</summary>
internal interface IHeldAccess
{
    /// <summary>Ends all of it in the caller's transaction; returns the grants to pass to <see cref="UnbindAsync"/> after its commit.</summary>
    /// <param name="why">As the audit log says it.</param>
    Task<IReadOnlyList<string>> EndAsync(User user, string actor, CancellationToken cancellationToken, string why = LoginEnd.Disabled);

    /// <summary>Has the clusters forget the grants; those that do not answer are told later.</summary>
    Task UnbindAsync(IReadOnlyList<string> grantIds);

    /// <summary>The clusters that have not forgotten all ended grants of the user yet.</summary>
    Task<IReadOnlyList<string>> ClustersNotToldAsync(User user, CancellationToken cancellationToken);

    /// <summary>The active grants of some users, those that end first before the others.</summary>
    Task<List<HeldGrant>> ActiveAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);
}

/// <summary>An active grant, as far as one looks at who holds it.</summary>
internal sealed record HeldGrant(string UserId, string Id, string Cluster, string Role, DateTimeOffset NotAfter);
