namespace AccessGateway.Posture;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;

/// <summary>What roles of one state lead to where they are bound. Each role is put together once, and judged once for each place.</summary>
internal sealed class RoleJudge
{
    private static readonly Finding TooLarge = new("too-large", RiskLevel.Unknown, "Has more rights than can be analysed.");

    private readonly Dictionary<(string? Namespace, string Name), RbacRole> _roles;
    private readonly List<RbacRole> _clusterRoles;
    private readonly ILookup<string?, PowerfulAccount> _accounts;
    private readonly Surroundings _everywhere;
    private readonly Dictionary<string, RbacNamespace> _namespaces;
    private readonly Dictionary<(string? Namespace, string Name), Rights?> _rights = [];
    private readonly Dictionary<(string? Namespace, string Name, string Places), IReadOnlyList<Finding>> _findings = [];

    public RoleJudge(RbacState state)
    {
        // An API server whose lists say something twice must not take the report away.
        _roles = state.Roles.DistinctBy(role => (role.Namespace, role.Name)).ToDictionary(role => (role.Namespace, role.Name));
        _clusterRoles = [.. state.Roles.Where(role => role.Namespace is null)];
        _everywhere = Surroundings.Of(state);
        _accounts = _everywhere.Accounts.ToLookup(account => account.Namespace);
        _namespaces = state.Namespaces.DistinctBy(item => item.Name).ToDictionary(item => item.Name, StringComparer.Ordinal);
    }

    /// <param name="places">Namespaces; none for the whole cluster.</param>
    public (IReadOnlyList<Finding> Findings, bool Exists) Of(string role, string? roleNamespace, IReadOnlyList<string> places)
    {
        if (!_roles.TryGetValue((roleNamespace, role), out var found))
            return ([], false);
        var key = (roleNamespace, role, string.Join(' ', places));
        if (!_findings.TryGetValue(key, out var findings))
            _findings[key] = findings = Judge(found, places);
        return (findings, true);
    }

    /// <summary>What it allows; nothing where it does not exist, null where it is more than can be put together.</summary>
    public IReadOnlyList<RbacRule>? RulesOf(string role, string? roleNamespace) =>
        _roles.TryGetValue((roleNamespace, role), out var found) ? RuleSet.Normalise(Parts(found).SelectMany(part => part.Rules)) : [];

    private IReadOnlyList<Finding> Judge(RbacRole role, IReadOnlyList<string> places)
    {
        if (!_rights.TryGetValue((role.Namespace, role.Name), out var rights))
            _rights[(role.Namespace, role.Name)] = rights = RulesOf(role.Name, role.Namespace) is { } rules ? new Rights(rules) : null;
        if (rights is null)
            return [TooLarge];
        return places.Count == 0 ? Analysis.Of(rights, Place.Cluster, _everywhere) : Analysis.Of(rights, Place.In(places), Around(places));
    }

    /// <summary>Only what is in these namespaces: a cluster may have thousands of others.</summary>
    private Surroundings Around(IReadOnlyList<string> places) => new(
        [.. _accounts[null].Concat(places.SelectMany(place => _accounts[place]))],
        [.. places.Select(place => _namespaces.GetValueOrDefault(place)).OfType<RbacNamespace>()]);

    /// <summary>The role, and every ClusterRole that is aggregated into it: the API server writes their rules into it only later.</summary>
    private List<RbacRole> Parts(RbacRole role)
    {
        var parts = new List<RbacRole> { role };
        var known = new HashSet<string>(StringComparer.Ordinal) { role.Name };
        for (var next = 0; next < parts.Count; next++)
        {
            foreach (var selector in parts[next].Selectors)
                parts.AddRange(_clusterRoles.Where(part => LabelSelectors.Selects(selector, part.Labels) && known.Add(part.Name)));
        }

        return parts;
    }
}
