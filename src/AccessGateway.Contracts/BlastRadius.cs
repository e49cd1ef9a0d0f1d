namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>How far a role reaches where it is bound. Ordered: whoever compares treats what is not known as the worst.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RiskLevel>))]
public enum RiskLevel
{
    /// <summary>Reads ordinary things, or allows nothing.</summary>
    Low,

    /// <summary>Changes things, or reads what may hold secrets by accident.</summary>
    Medium,

    /// <summary>Takes over what runs in its namespaces, or weakens the cluster's defences.</summary>
    High,

    /// <summary>Takes over the cluster, or leads there.</summary>
    Critical,

    /// <summary>The cluster's roles could not be read. Counts as more than critical.</summary>
    Unknown,
}

/// <summary>What a role really allows where a request or an offer would bind it, computed from the cluster's RBAC:
/// <c>GET /api/v1/access-requests/{id}/blast-radius</c> (a list, with one for each cluster) and
/// <c>GET /api/v1/clusters/{name}/role-offers/{role}/blast-radius?namespaces=a,b</c>.</summary>
/// <param name="Target">What would be bound, in words, such as <c>ClusterRole view</c>.</param>
/// <param name="Namespaces">Where it would be bound: names, or the offer's patterns where none were chosen; empty for the whole cluster.</param>
/// <param name="Risk">The worst of the findings; unknown where <paramref name="Problem"/> is given.</param>
/// <param name="RiskAtSubmission">Of a request: what was computed when it was submitted, and what policy decided on.</param>
/// <param name="Problem">Why it could not be computed; then the lists hold what is known nevertheless.</param>
/// <param name="Findings">What matters most, the worst first.</param>
/// <param name="Summary">What it reads and changes, for each API group.</param>
/// <param name="Rules">The resolved rules: aggregated roles included, sorted, without repetition.</param>
/// <param name="RulesDigest">SHA-256 over the resolved rules, in hex.</param>
/// <param name="ResolvedFrom">The ClusterRoles that the role is put together from, itself not counted.</param>
public sealed record BlastRadiusView(
    string Cluster,
    string Target,
    RoleScope Scope,
    IReadOnlyList<string> Namespaces,
    RiskLevel Risk,
    RiskLevel? RiskAtSubmission,
    string? Problem,
    IReadOnlyList<FindingView> Findings,
    IReadOnlyList<GroupSummaryView> Summary,
    IReadOnlyList<RoleRuleView> Rules,
    string? RulesDigest,
    IReadOnlyList<string> ResolvedFrom,
    DateTimeOffset ComputedAt)
{
    /// <summary>The namespaces that the patterns among <see cref="Namespaces"/> match now, without those that policy excepts, at most 100; null
    /// where no patterns were chosen, or where they cannot be read.</summary>
    public IReadOnlyList<string>? MatchedNamespaces { get; init; }

    /// <summary>How many those are.</summary>
    public int? MatchedTotal { get; init; }
}

/// <summary>One thing that the role allows and that a reviewer should know.</summary>
/// <param name="Code">Stable, for example <c>secrets-readable</c>.</param>
/// <param name="Words">A sentence in plain words.</param>
public sealed record FindingView(string Code, RiskLevel Risk, string Words);

/// <summary>What the role does in one API group.</summary>
/// <param name="ApiGroup">Empty for the core group, <c>*</c> for all.</param>
/// <param name="Words">For example <c>create, change and delete Deployments; read ReplicaSets</c>.</param>
public sealed record GroupSummaryView(string ApiGroup, string Words);
