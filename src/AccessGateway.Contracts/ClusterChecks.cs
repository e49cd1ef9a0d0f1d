namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>Whether the gateway can do its work on a cluster, looked at from the gateway: <c>GET /api/v1/clusters/{name}/checks</c>.
/// For administrators and auditors. A result is kept for some seconds, so that nobody makes the gateway hammer a cluster.</summary>
/// <param name="Outcome">The worst of the checks.</param>
/// <param name="Checks">Always the same ones in the same order; what could not be looked at is unknown.</param>
public sealed record ClusterChecksView(string Cluster, CheckOutcome Outcome, DateTimeOffset CheckedAt, IReadOnlyList<ClusterCheckView> Checks);

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">Stable, for example <c>clock</c>; see <see cref="ClusterCheckNames"/>.</param>
/// <param name="Found">What was found, in one line.</param>
/// <param name="Then">What to do about it, in one line; null where there is nothing to do.</param>
/// <param name="Details">What is too long for a line: rights, names of objects.</param>
public sealed record ClusterCheckView(string Check, CheckOutcome Outcome, string Found, string? Then, IReadOnlyList<string> Details);

/// <summary>How a check came out. Ordered: the worst of several is the largest.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CheckOutcome>))]
public enum CheckOutcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Could not be looked at: this says nothing about how it is.</summary>
    Unknown,

    /// <summary>Works, and should be looked after.</summary>
    Warning,

    /// <summary>Something does not work, or endangers the cluster.</summary>
    Failed,
}

/// <summary>The checks, in the order in which they are told.</summary>
public static class ClusterCheckNames
{
    /// <summary>Whether the API server is reached, with the TLS that its document demands.</summary>
    public const string Server = "server";

    /// <summary>How long the API server's certificate lasts.</summary>
    public const string ServerCertificate = "server-certificate";

    /// <summary>Which Kubernetes it is, and what follows from that.</summary>
    public const string Version = "version";

    /// <summary>How fast it answers.</summary>
    public const string Latency = "latency";

    /// <summary>Whether its clock agrees with the gateway's.</summary>
    public const string Clock = "clock";

    /// <summary>Whom it takes the gateway for.</summary>
    public const string Identity = "identity";

    /// <summary>Rights that the documents need and the gateway does not hold.</summary>
    public const string Rights = "rights";

    /// <summary>Rights that the gateway holds and no document needs.</summary>
    public const string ExcessRights = "excess-rights";

    /// <summary>Whether the API server accepts the signer's leaves.</summary>
    public const string Signer = "signer";

    /// <summary>Whether a ValidatingAdmissionPolicy limits what the gateway writes.</summary>
    public const string AdmissionPolicy = "admission-policy";

    /// <summary>Bindings that look like a gateway's and are not this one's.</summary>
    public const string Leftovers = "leftovers";

    public static IReadOnlyList<string> All { get; } = [Server, ServerCertificate, Version, Latency, Clock, Identity, Rights, ExcessRights, Signer, AdmissionPolicy, Leftovers];
}
