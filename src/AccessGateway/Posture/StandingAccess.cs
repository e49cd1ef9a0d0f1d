namespace AccessGateway.Posture;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>A role that somebody holds for good. What several bindings give in several namespaces is one.</summary>
/// <param name="Subject">With the namespace it means, where the binding left it out.</param>
/// <param name="RoleNamespace">Null for a ClusterRole.</param>
/// <param name="Namespaces">Empty for the whole cluster.</param>
/// <param name="Findings">The worst first.</param>
internal sealed record StandingAccess(
    RbacSubject Subject, string Role, string? RoleNamespace, IReadOnlyList<string> Namespaces, IReadOnlyList<RbacBinding> Bindings, IReadOnlyList<Finding> Findings)
{
    public required StandingOrigin Origin { get; init; }

    /// <summary>What is special about the subject, or about the role.</summary>
    public string? Note { get; init; }

    public JustInTimeFit JustInTime { get; init; }

    /// <summary>Whether it is the gateway's own, and no more than it needs.</summary>
    public bool IsOwn { get; init; }

    public RoleScope Scope => Namespaces.Count == 0 ? RoleScope.Cluster : RoleScope.Namespaces;

    public RiskLevel Risk => Analysis.Worst(Findings);
}

/// <summary>Who holds what for good in a cluster.</summary>
/// <param name="All">The worst first, the gateway's own and the cluster's own parts last.</param>
/// <param name="GrantBindings">Bindings of the gateway's own grants, left out.</param>
internal sealed record StandingReport(IReadOnlyList<StandingAccess> All, int GrantBindings)
{
    /// <summary>Pure.</summary>
    /// <param name="gateway">This gateway's name: bindings of its grants are not permanent.</param>
    /// <param name="own">The gateway itself; null where it is not known whom the cluster takes it for.</param>
    public static StandingReport Of(RbacState state, string gateway, OwnAccess? own = null)
    {
        var standing = state.Bindings.Where(binding => !IsOfGrant(binding, gateway)).ToList();
        var judge = new RoleJudge(state);
        var others = state.Bindings.Select(binding => binding.Gateway).OfType<string>().Where(other => other != gateway).ToHashSet(StringComparer.Ordinal);
        var all = standing
            .SelectMany(binding => binding.Subjects.Select(subject => (Binding: binding, Subject: Subjects.Normalise(subject, binding.Namespace))))
            .GroupBy(held => (held.Subject, held.Binding.Role, held.Binding.RoleNamespace, WholeCluster: held.Binding.Namespace is null))
            .Select(held => Judge(held.Key.Subject, held.Key.Role, held.Key.RoleNamespace, [.. held.Select(one => one.Binding).Distinct()], judge, own))
            .Select(held => held.Note is null && Subjects.NoteOnOther(held.Subject, held.Role, held.Bindings, others) is { } note ? held with { Note = note } : held)
            .ToList();
        if (!all.Exists(held => held.Subject is { Kind: Subjects.Group, Name: Subjects.Masters } && held.Scope == RoleScope.Cluster))
            all.Add(Masters());
        return new StandingReport(
            [.. all.OrderBy(held => held.Origin == StandingOrigin.System).ThenBy(held => held.IsOwn).ThenByDescending(held => held.Risk).ThenBy(held => held.Origin)
                .ThenBy(held => held.Subject.Kind, StringComparer.Ordinal).ThenBy(held => held.Subject.Name, StringComparer.Ordinal).ThenBy(held => held.Role, StringComparer.Ordinal)],
            state.Bindings.Count - standing.Count);
    }

    private static StandingAccess Judge(RbacSubject subject, string role, string? roleNamespace, List<RbacBinding> bindings, RoleJudge judge, OwnAccess? own)
    {
        List<string> places = [.. bindings.Select(binding => binding.Namespace).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var (findings, exists) = judge.Of(role, roleNamespace, places);
        var origin = Subjects.OriginOf(subject, role, bindings, Analysis.Worst(findings));
        var gateways = exists && own?.Self.IsNamedBy(subject) == true ? own.Of(subject, judge.RulesOf(role, roleNamespace), places) : null;
        return new StandingAccess(subject, role, roleNamespace, places, bindings, findings)
        {
            Origin = origin,
            IsOwn = gateways is { IsInBounds: true },
            Note = gateways?.Note ?? Subjects.NoteOn(subject, bindings) ?? (exists ? null : "The role does not exist; whoever makes one of that name gives it away."),
            // It cannot ask itself for what it needs to be asked.
            JustInTime = own?.Self.IsNamedBy(subject) == true ? JustInTimeFit.None : Subjects.FitOf(subject, origin, Analysis.Worst(findings)),
        };
    }

    /// <summary>The API server lets this group do everything before it asks RBAC: whether anything binds it does not matter.</summary>
    private static StandingAccess Masters() => new(
        new RbacSubject(Subjects.Group, null, Subjects.Masters), "cluster-admin", null, [], [], [new Finding("everything", RiskLevel.Critical, "Can do everything with everything, without any binding.")])
    {
        Origin = StandingOrigin.People,
        Note = Subjects.OfMasters,
    };

    /// <summary>Exactly what the gateway makes. Something else with its label is shown: the label alone must not hide it.</summary>
    private static bool IsOfGrant(RbacBinding binding, string gateway) =>
        binding.Gateway == gateway && binding.Subjects is [{ Kind: Subjects.Group } only]
        && only.Name.StartsWith(OwnObjects.GroupPrefix, StringComparison.Ordinal) && binding.Name == string.Concat(OwnObjects.NamePrefix, only.Name.AsSpan(OwnObjects.GroupPrefix.Length));
}
