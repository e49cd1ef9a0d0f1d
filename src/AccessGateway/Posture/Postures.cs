namespace AccessGateway.Posture;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>The report of one cluster, for administrators and auditors. It says where secrets lie and whom to attack: others do not
/// learn whether there is such a cluster, and who reads it is audited.</summary>
internal sealed class Postures(GatewayDocuments documents, StandingReports standing, WorkloadStates workloads, PostureReads reads, TimeProvider clock)
{
    /// <summary>More lines than anybody reads; the worst are among them.</summary>
    public const int MaxStanding = 1000;

    private const int MaxFindings = 3;
    private const int MaxPlaces = 100;

    public async Task<Outcome<PostureView>> OfAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (!caller.IsAuditor || documents.Cluster(name) is not { } cluster)
            return new Refusal.NotFound($"There is no cluster '{name}' whose posture you may read.");
        await reads.NoteAsync(caller, name, cancellationToken);

        var report = await standing.OfAsync(documents, cluster, cancellationToken);
        var checks = Hardening.Of(cluster.PostureWorkloads ? await workloads.OfAsync(name, cancellationToken) : null);
        var all = report?.All ?? [];
        return new PostureView(
            name,
            clock.GetUtcNow(),
            report is null ? RiskLevel.Unknown : Worst(all, checks),
            report is null ? "The roles and bindings of the cluster could not be read." : null,
            [.. all.Take(MaxStanding).Select(ToView)],
            all.Count,
            report?.GrantBindings ?? 0,
            checks,
            PolicyDraft.Of(name, all, documents.Policies.SelectMany(policy => policy.Roles.Select(role => role.Name).Append(policy.Name))));
    }

    /// <summary>Without system:masters, which every cluster has: it would make all of them alike. The gateway's own would, too.</summary>
    private static RiskLevel Worst(IReadOnlyList<StandingAccess> all, IReadOnlyList<HardeningCheckView> checks) =>
        all.Where(held => held.Origin != StandingOrigin.System && !held.IsOwn && held.Subject is not { Kind: Subjects.Group, Name: Subjects.Masters }).Select(held => held.Risk).Concat(checks.Select(check => check.Risk)).DefaultIfEmpty(RiskLevel.Low).Max();

    private static StandingAccessView ToView(StandingAccess held) => new(
        held.Subject.Kind,
        held.Subject.Name,
        held.Subject.Namespace,
        held.Origin,
        $"{(held.RoleNamespace is null ? "ClusterRole" : "Role")} {held.Role}",
        held.Scope,
        [.. held.Namespaces.Take(MaxPlaces)],
        held.Namespaces.Count,
        [.. held.Bindings.Take(MaxPlaces).Select(binding => binding.Namespace is null ? $"clusterrolebinding/{binding.Name}" : $"rolebinding/{binding.Name} in {binding.Namespace}")],
        held.Bindings.Count,
        held.Risk,
        [.. held.Findings.Select(finding => finding.Code)],
        [.. held.Findings.Take(MaxFindings).Select(finding => new FindingView(finding.Code, finding.Risk, finding.Words))],
        held.Note,
        held.JustInTime);
}
