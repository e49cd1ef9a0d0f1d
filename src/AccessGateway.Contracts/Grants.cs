namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>The state of a grant. All but Active are final.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<GrantState>))]
public enum GrantState
{
    /// <summary>Holds, until its end.</summary>
    Active,

    /// <summary>Its time was up.</summary>
    Expired,

    /// <summary>An operator ended it.</summary>
    Revoked,

    /// <summary>Its holder gave it back.</summary>
    Relinquished,
}

/// <summary>A grant: the half-open interval [NotBefore, NotAfter) in which its holder has a role on a cluster.</summary>
/// <param name="Id"><c>gr-</c> and 13 letters and digits. The subject's group in the cluster is <c>jit:</c> and this id.</param>
/// <param name="EndedAt">When it really ended; null while active.</param>
/// <param name="EndedBy">Who ended it; null where time did.</param>
/// <param name="Bound">Whether the binding is in the cluster, as far as the gateway has seen.</param>
public sealed record GrantView(
    string Id,
    string AccessRequestId,
    GrantState State,
    string Subject,
    string Cluster,
    string Role,
    string ClusterRole,
    RoleScope Scope,
    IReadOnlyList<string> Namespaces,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    DateTimeOffset? EndedAt,
    string? EndedBy,
    bool Bound)
{
    /// <summary>The Role of the namespaces that is bound; null where it is a ClusterRole or rules of the offer's own.</summary>
    public string? NamespacedRole { get; init; }

    /// <summary>Rules of the offer's own, of which the gateway makes a role for this grant alone; null where an existing role is bound.</summary>
    public IReadOnlyList<RoleRuleView>? Rules { get; init; }

    /// <summary>The namespaces that its patterns match, as far as the gateway has seen, at most 100; null where nothing is a pattern.</summary>
    public IReadOnlyList<string>? MatchedNamespaces { get; init; }

    /// <summary>Patterns of namespaces that its patterns do not reach; null where there are none.</summary>
    public IReadOnlyList<string>? ExceptNamespaces { get; init; }

    /// <summary>How many more namespaces its patterns match than a grant may have: those are not bound.</summary>
    public int LeftOutNamespaces { get; init; }

    /// <summary>Streams (exec, attach, port-forward, proxy, watch, a followed log) that were open when the grant ended, or are open while it is
    /// active: Kubernetes lets them go on after access has ended, until somebody closes them. At most 100. Null in lists, and where the
    /// cluster does not send its audit events here.</summary>
    public IReadOnlyList<KubeCallView>? OpenStreams { get; init; }

    /// <summary>The public key that alone gets credentials: SHA-256 of its SubjectPublicKeyInfo, lower-case hex. Null before the first.</summary>
    public string? KeySha256 { get; init; }

    /// <summary>What is bound, in words.</summary>
    [JsonIgnore]
    public string BoundRole => RoleRuleView.Words(ClusterRole, NamespacedRole, Rules);
}

/// <summary>Asks for a leaf: <c>POST /api/v1/grants/{id}/credential</c>. The private key stays where it was made. The first key that is used
/// is the grant's; another needs a step-up for <c>key:{id}</c>, and takes its place. Machines cannot: they activate a new grant.</summary>
public sealed record CredentialRequest
{
    /// <summary>A PKCS #10 CSR (RFC 2986) in PEM, at most 8 KB. Nothing but its public key is used.</summary>
    public required string Csr { get; init; }
}

/// <summary>A leaf, and what is needed to use it.</summary>
/// <param name="Certificate">The leaf in PEM.</param>
/// <param name="NotAfter">When the leaf ends: never after the grant.</param>
/// <param name="Server">The API server's URL.</param>
/// <param name="CertificateAuthority">The CA of the API server's own certificate, in PEM.</param>
public sealed record CredentialResponse(string Certificate, DateTimeOffset NotAfter, string Server, string CertificateAuthority)
{
    /// <summary>Where the cluster's signer makes no short leaves: when the next one must be asked for, to be the last of the grant. Missing where any time before the
    /// leaf's end will do.</summary>
    public DateTimeOffset? RenewAfter { get; init; }
}

/// <summary>Asks for more time: <c>POST /api/v1/grants/{id}/extend</c>. Where policy approves it by itself it needs a step-up for
/// <c>extend:{id}</c> and answers 200 with the grant; else it answers 202 with the request that waits for its reviewers.</summary>
public sealed record ExtendGrant
{
    /// <summary>Added to the grant's end, as <see cref="DurationText"/>. The total from activation stays within the offer's limit.</summary>
    public required string Duration { get; init; }

    /// <summary>For its reviewers, where it needs approval; the request's own reason where missing. At most 500 characters.</summary>
    public string? Reason { get; init; }
}
