namespace AccessGateway.Posture;

using AccessGateway.Clusters;

/// <summary>The gateway in a cluster, and what it may hold there.</summary>
/// <param name="Self">Whom the API server takes it for.</param>
/// <param name="Rights">What <c>config rbac</c> gives it.</param>
internal sealed record OwnAccess(OwnIdentity Self, IReadOnlyList<OwnRight> Rights)
{
    public const string Note = "This gateway's own rights, made by `config rbac`. They are not counted in the cluster's risk; whoever has the gateway's credentials has them.";

    private const int MaxTold = 3;

    /// <summary>What a role gives the gateway; null where it is somebody else who holds it.</summary>
    /// <param name="rules">All rules of the role; null where there are more than can be put together.</param>
    /// <param name="places">Where it is bound; none for the whole cluster.</param>
    public (bool IsInBounds, string Note)? Of(RbacSubject subject, IReadOnlyList<RbacRule>? rules, IReadOnlyList<string> places)
    {
        if (!Self.IsNamedBy(subject))
            return null;
        if (rules is null)
            return (false, "This gateway's own account, with more rights than can be compared with what `config rbac` gives.");
        var held = places.Count == 0
            ? new HeldRights(rules, new Dictionary<string, IReadOnlyList<RbacRule>>())
            : new HeldRights([], places.ToDictionary(place => place, _ => rules, StringComparer.Ordinal));
        return RightsComparison.Excess(Rights, held) switch
        {
            null => (false, "This gateway's own account, with more rights than can be compared with what `config rbac` gives."),
            [] => (true, Note),
            var excess => (false, $"This gateway's own account, with more than `config rbac` gives: {Told(RightsComparison.Words(excess))}."),
        };
    }

    private static string Told(IReadOnlyList<string> words) => string.Join("; ", words.Take(MaxTold)) + (words.Count > MaxTold ? $"; and {words.Count - MaxTold} more" : "");
}
