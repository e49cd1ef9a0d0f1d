namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>Who holds what in a cluster for good, and what else of it should be hardened:
/// <c>GET /api/v1/clusters/{name}/posture</c>, for administrators and auditors.</summary>
/// <param name="Risk">The worst of what people, workloads and everybody hold, but for system:masters, which every cluster has, and for the gateway itself where it holds no more than it needs, and of what was found; unknown where <paramref name="Problem"/> is given.</param>
/// <param name="Problem">Why nobody's access could be read; then <paramref name="Standing"/> is empty.</param>
/// <param name="Standing">The worst first, the gateway's own and those of the cluster's own parts last.</param>
/// <param name="StandingTotal">How many there are; more than the list has where it was cut.</param>
/// <param name="GrantBindings">Bindings of this gateway's own grants, which are not permanent and are left out.</param>
/// <param name="PolicyDraft">YAML of policies that could take the place of standing access; missing where nothing could.</param>
public sealed record PostureView(
    string Cluster,
    DateTimeOffset ComputedAt,
    RiskLevel Risk,
    string? Problem,
    IReadOnlyList<StandingAccessView> Standing,
    int StandingTotal,
    int GrantBindings,
    IReadOnlyList<HardeningCheckView> Checks,
    string? PolicyDraft);

/// <summary>Somebody's role that does not end.</summary>
/// <param name="Kind">As in the binding: <c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</param>
/// <param name="Namespace">Of a ServiceAccount.</param>
/// <param name="Role">For example <c>ClusterRole cluster-admin</c>.</param>
/// <param name="Namespaces">Where it holds, at most 100 of them; empty for the whole cluster.</param>
/// <param name="NamespacesTotal">How many namespaces there are; none for the whole cluster.</param>
/// <param name="Bindings">By which, at most 100 of them, such as <c>clusterrolebinding/admins</c> or <c>rolebinding/editors in shop</c>.</param>
/// <param name="BindingsTotal">How many bindings there are.</param>
/// <param name="Dangers">Codes of everything that was found, the worst first.</param>
/// <param name="Findings">The worst of them, in words.</param>
/// <param name="Note">What is special about it.</param>
public sealed record StandingAccessView(
    string Kind,
    string Name,
    string? Namespace,
    StandingOrigin Origin,
    string Role,
    RoleScope Scope,
    IReadOnlyList<string> Namespaces,
    int NamespacesTotal,
    IReadOnlyList<string> Bindings,
    int BindingsTotal,
    RiskLevel Risk,
    IReadOnlyList<string> Dangers,
    IReadOnlyList<FindingView> Findings,
    string? Note,
    JustInTimeFit JustInTime);

/// <summary>Whose access it is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<StandingOrigin>))]
public enum StandingOrigin
{
    /// <summary>A user, or a group that the cluster does not make itself.</summary>
    People,

    /// <summary>A ServiceAccount, or a group of them.</summary>
    Workload,

    /// <summary>Whoever reaches the API server: everybody who is signed in, or nobody in particular.</summary>
    Everybody,

    /// <summary>A part of Kubernetes.</summary>
    System,
}

/// <summary>Whether a policy could take the place of standing access.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<JustInTimeFit>))]
public enum JustInTimeFit
{
    /// <summary>No: it is needed all the time, or does no harm.</summary>
    None,

    /// <summary>A person can ask for it when they need it.</summary>
    Policy,

    /// <summary>By its name a ServiceAccount of CI or deployment, which can ask too.</summary>
    MachinePolicy,
}

/// <summary>One thing that a hardened cluster has, and whether this one has.</summary>
/// <param name="Code">Stable, for example <c>encryption-at-rest</c>.</param>
/// <param name="Risk">Of what was found; low where nothing was.</param>
/// <param name="Words">What was seen, or why nothing could be.</param>
/// <param name="Items">Where; never a value that looks like a secret.</param>
/// <param name="ItemsTotal">How many there are; more than the list has where it was cut.</param>
public sealed record HardeningCheckView(
    string Code, string Title, CheckState State, RiskLevel Risk, string Words, IReadOnlyList<HardeningItemView> Items, int ItemsTotal);

/// <summary>Where something was found.</summary>
/// <param name="Source">Kind and name, such as <c>ConfigMap settings</c>.</param>
/// <param name="Words">What, for example <c>key tls.key: a private key in PEM</c>.</param>
public sealed record HardeningItemView(string Namespace, string Source, string Words);

/// <summary>How a check came out.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CheckState>))]
public enum CheckState
{
    /// <summary>Nothing was found, in all that was looked at.</summary>
    Passed,

    /// <summary>Something was found.</summary>
    Found,

    /// <summary>It could not be seen.</summary>
    Unknown,

    /// <summary>Nobody looked: the cluster's document does not ask for it.</summary>
    NotLookedAt,
}
