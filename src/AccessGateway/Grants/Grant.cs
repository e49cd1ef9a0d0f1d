namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A role on a cluster for somebody in [NotBefore, NotAfter). The active grants are what must be bound in the clusters.</summary>
internal sealed class Grant
{
    public required string Id { get; init; }

    /// <summary>Unique together with the cluster: a request is activated once, on all of its clusters.</summary>
    public required string AccessRequestId { get; init; }

    public required string HolderId { get; init; }

    public required string Subject { get; init; }

    public required string Cluster { get; init; }

    public required string Role { get; init; }

    public required string ClusterRole { get; init; }

    /// <summary>The Role of the namespaces that is bound; empty where it is a ClusterRole or rules.</summary>
    public string NamespacedRole { get; init; } = "";

    /// <summary>The offer's own rules as JSON; empty where it is an existing role.</summary>
    public string RoleRules { get; init; } = "";

    public RoleTarget Target => new(ClusterRole, NamespacedRole, RoleRules);

    public required RoleScope Scope { get; init; }

    /// <summary>Names, and patterns of names.</summary>
    public required List<string> Namespaces { get; init; }

    /// <summary>Patterns of namespaces that no pattern of <see cref="Namespaces"/> reaches.</summary>
    public List<string> ExceptNamespaces { get; init; } = [];

    /// <summary>What its patterns match, as far as it was looked at: written before anything is bound there, and taken away after it is
    /// unbound, so that nothing of it is ever where nobody looks.</summary>
    public List<string> MatchedNamespaces { get; set; } = [];

    /// <summary>How many more they match than a grant may have.</summary>
    public int LeftOutNamespaces { get; set; }

    /// <summary>How often <see cref="MatchedNamespaces"/> changed: of two that see a change one writes it down.</summary>
    public int MatchRound { get; set; }

    public bool HasPatterns => NamespaceChoice.HasPatterns(Namespaces);

    /// <summary>For audit events.</summary>
    public string MatchedWords => MatchedNamespaces.Count == 0 ? "none" : string.Join(",", MatchedNamespaces);

    /// <summary>Where it is bound: none for the whole cluster.</summary>
    public IReadOnlyList<string> BoundNamespaces => HasPatterns ? [.. Namespaces.Where(name => !Glob.IsPattern(name)), .. MatchedNamespaces] : Namespaces;

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; set; }

    public required GrantState State { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string? EndedBy { get; set; }

    /// <summary>When the binding was first seen complete in the cluster.</summary>
    public DateTimeOffset? BoundAt { get; set; }

    /// <summary>When the binding of an ended grant was seen gone. Null for an ended grant: there is cleaning up to do.</summary>
    public DateTimeOffset? UnboundAt { get; set; }

    /// <summary>What the role allowed when it was last looked at; null before that.</summary>
    public string? RulesDigest { get; set; }

    /// <summary>How many leaves were issued; every issue takes the row's lock through it.</summary>
    public int Leaves { get; set; }

    /// <summary>SHA-256 of the public key (SubjectPublicKeyInfo, lower-case hex) that alone gets leaves; null before the first leaf.</summary>
    public string? KeySha256 { get; set; }

    /// <summary>The group that the leaf carries and the binding binds.</summary>
    public string Group => GroupOf(Id);

    public static string GroupOf(string grantId) => OwnObjects.GroupPrefix + grantId;

    public bool IsActiveAt(DateTimeOffset now) => State == GrantState.Active && now < NotAfter;

    /// <summary>The state at an instant: what has run out counts as expired, whether or not that was written down yet.</summary>
    public GrantState StateAt(DateTimeOffset now) => State == GrantState.Active && now >= NotAfter ? GrantState.Expired : State;

    /// <summary>What to say to somebody who needs it active.</summary>
    public Refusal.Conflict Over(DateTimeOffset now) => new(
        $"The grant is {StateAt(now).ToString().ToLowerInvariant()} since {EndedAt ?? NotAfter:yyyy-MM-dd HH:mm:ss}Z.");

    /// <summary>The grant of a request on one of its clusters, from now on.</summary>
    /// <param name="matched">What its patterns match there now; null where there are none or nobody knows.</param>
    public static Grant Of(AccessRequest request, string cluster, string? rulesDigest, DateTimeOffset now, IReadOnlyList<string>? matched = null) => new()
    {
        Id = Persistence.Identifier.New("gr"),
        AccessRequestId = request.Id,
        HolderId = request.RequesterId,
        Subject = request.Subject,
        Cluster = cluster,
        Role = request.Role,
        ClusterRole = request.ClusterRole,
        NamespacedRole = request.NamespacedRole,
        RoleRules = request.RoleRules,
        Scope = request.Scope,
        Namespaces = [.. request.Namespaces],
        ExceptNamespaces = [.. request.ExceptNamespaces],
        MatchedNamespaces = [.. matched ?? []],
        NotBefore = now,
        NotAfter = now + request.Duration,
        State = GrantState.Active,
        RulesDigest = rulesDigest,
    };

    public bool IsVisibleTo(Caller caller) => HolderId == caller.UserId || caller.IsAuditor;

    public GrantView ToView(DateTimeOffset now) => new(
        Id, AccessRequestId, StateAt(now), Subject, Cluster, Role, ClusterRole, Scope, Namespaces, NotBefore, NotAfter,
        EndedAt ?? (StateAt(now) == GrantState.Expired ? NotAfter : null), EndedBy, BoundAt is not null && UnboundAt is null)
    {
        NamespacedRole = NamespacedRole.Length == 0 ? null : NamespacedRole,
        Rules = Clusters.ToView(Target),
        KeySha256 = KeySha256,
        MatchedNamespaces = HasPatterns ? MatchedNamespaces : null,
        ExceptNamespaces = ExceptNamespaces.Count == 0 ? null : ExceptNamespaces,
        LeftOutNamespaces = LeftOutNamespaces,
    };

    internal sealed class Configuration : IEntityTypeConfiguration<Grant>
    {
        public void Configure(EntityTypeBuilder<Grant> builder)
        {
            builder.Ignore(grant => grant.Target);
            builder.Ignore(grant => grant.BoundNamespaces);
            builder.Property(grant => grant.State).HasConversion<string>().HasMaxLength(16);
            builder.Property(grant => grant.Scope).HasConversion<string>().HasMaxLength(16);
            builder.Property(grant => grant.KeySha256).HasMaxLength(64);
            builder.HasIndex(grant => new { grant.AccessRequestId, grant.Cluster }).IsUnique();
            builder.HasOne<AccessRequest>().WithMany().HasForeignKey(grant => grant.AccessRequestId);
            builder.HasOne<User>().WithMany().HasForeignKey(grant => grant.HolderId);
            builder.HasIndex(grant => new { grant.State, grant.NotAfter });
            builder.HasIndex(grant => new { grant.Cluster, grant.UnboundAt });
            builder.HasIndex(grant => new { grant.NotBefore, grant.Id });
        }
    }
}
