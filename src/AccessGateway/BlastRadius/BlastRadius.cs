namespace AccessGateway.BlastRadius;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>What a role really allows where it would be bound.</summary>
/// <param name="Problem">Why it is not known, or not in full; then <see cref="Risk"/> is unknown.</param>
/// <param name="Role">Null where it could not be read.</param>
internal sealed record BlastRadius(IReadOnlyList<Finding> Findings, ResolvedRole? Role, string? Problem, DateTimeOffset ComputedAt)
{
    /// <summary>The namespaces that the patterns match now; null where there are none, or where they cannot be read.</summary>
    public IReadOnlyList<string>? Matches { get; init; }

    public RiskLevel Risk => Problem is null ? Analysis.Worst(Findings) : RiskLevel.Unknown;

    /// <summary>Pure. What could not be read is null, and makes the risk unknown (I9).</summary>
    public static BlastRadius Of(ResolvedRole? role, Surroundings? surroundings, Place place, DateTimeOffset now)
    {
        var problem = role is null ? "The gateway cannot read this role in the cluster." : surroundings is null ? "The gateway cannot read who holds which roles in the cluster." : null;
        IReadOnlyList<Finding> findings = role is null ? [] : Analysis.Of(new Rights(role.Rules), place, surroundings ?? Surroundings.Empty);
        return new BlastRadius(findings, role, problem, now);
    }

    public BlastRadiusView ToView(string cluster, RoleTarget target, RoleScope scope, IReadOnlyList<string> namespaces, RiskLevel? atSubmission = null) => new(
        cluster,
        target.ToString(),
        scope,
        namespaces,
        Risk,
        atSubmission,
        Problem,
        [.. Findings.Select(finding => new FindingView(finding.Code, finding.Risk, finding.Words))],
        [.. GroupSummaries.Of(Role?.Rules ?? []).Select(group => new GroupSummaryView(group.ApiGroup, group.Words))],
        [.. (Role?.Rules ?? []).Select(rule => new RoleRuleView(rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs, rule.NonResourceUrls))],
        Role?.Digest,
        Role?.From ?? [],
        ComputedAt)
    {
        MatchedNamespaces = Matches is null ? null : [.. Matches.Take(NamespaceChoice.Max)],
        MatchedTotal = Matches?.Count,
    };
}
