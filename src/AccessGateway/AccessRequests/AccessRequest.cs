namespace AccessGateway.AccessRequests;

using System.Linq.Expressions;
using System.Security.Cryptography;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>Somebody's wish for a role. What is asked never changes; only its state does, by guarded writes.</summary>
internal sealed partial class AccessRequest
{
    public required string Id { get; init; }

    public required string RequesterId { get; init; }

    /// <summary>The requester's name, which the leaf will carry.</summary>
    public required string Subject { get; init; }

    /// <summary>Where it is asked for; in no order that counts, see <see cref="ClusterNames"/>.</summary>
    public required List<RequestedCluster> Clusters { get; init; }

    public required string Role { get; init; }

    public required string ClusterRole { get; init; }

    /// <summary>The Role of the namespaces that is asked for; empty where it is a ClusterRole or rules.</summary>
    public string NamespacedRole { get; init; } = "";

    /// <summary>The offer's own rules as JSON; empty where it is an existing role.</summary>
    public string RoleRules { get; init; } = "";

    public RoleTarget Target => new(ClusterRole, NamespacedRole, RoleRules);

    public required RoleScope Scope { get; init; }

    /// <summary>Names, and patterns of names: whatever they match while a grant of it is active.</summary>
    public required List<string> Namespaces { get; init; }

    /// <summary>Patterns of namespaces that policy excepted when it was asked for; empty where <see cref="Namespaces"/> has no pattern.</summary>
    public List<string> ExceptNamespaces { get; init; } = [];

    public required TimeSpan Duration { get; init; }

    public string? Reason { get; init; }

    public string? Ticket { get; init; }

    public DateTimeOffset? StartsAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends by itself, undecided or not activated.</summary>
    public required DateTimeOffset ExpiresAt { get; set; }

    public required AccessRequestState State { get; set; }

    /// <summary>The approval rules in force at submission, as JSON; empty where policy approved.</summary>
    public required string ApprovalRules { get; init; }

    /// <summary>How long an approval waits for its activation.</summary>
    public required TimeSpan PendingLifetime { get; init; }

    /// <summary>How old the MFA of reviewers and of the activation may be.</summary>
    public required TimeSpan MfaMaxAge { get; init; }

    /// <summary>The factors that count for them.</summary>
    public required List<string> MfaFactors { get; init; }

    /// <summary>Whether policy calls the role privileged: then each of them needs MFA of its own.</summary>
    public required bool Privileged { get; init; }

    /// <summary>The configuration under which it was decided.</summary>
    public required string PolicyDigest { get; init; }

    /// <summary>How far the role reached on the worst of the clusters, computed at submission; what policy decided on.</summary>
    public required RiskLevel Risk { get; init; }

    /// <summary>What the trackers said to the ticket at submission; what policy decided on.</summary>
    public TicketAnswer TicketAnswer { get; init; }

    /// <summary>The schedules by which the requester was on call at submission, or at the start asked for.</summary>
    public List<string> OnCall { get; init; } = [];

    /// <summary>When its requester activated it: set once, and from then on there are the grants of all <see cref="Clusters"/>.</summary>
    public DateTimeOffset? ActivatedAt { get; set; }

    public AccessRequestKind Kind { get; init; }

    /// <summary>The grant that an extension is for.</summary>
    public string? ExtendsGrantId { get; init; }

    /// <summary>The end that an extension would give it: an instant, so that two extensions do not add up to what nobody approved.</summary>
    public DateTimeOffset? ExtendsTo { get; init; }

    /// <summary>Who the requester is at their provider, whatever account that person is tied to later.</summary>
    public string? RequesterIdentity { get; init; }

    /// <summary>How often it was returned to its reviewers. Reviews of earlier rounds are history.</summary>
    public int Round { get; set; }

    /// <summary>When the reviewers of this round were asked.</summary>
    public required DateTimeOffset ReviewsSince { get; set; }

    public DateTimeOffset? NextReminderAt { get; set; }

    public DateTimeOffset? NextEscalationAt { get; set; }

    public int CommentCount { get; set; }

    /// <summary>For a break-glass: the review that must follow.</summary>
    public AfterReview? AfterReview { get; set; }

    /// <summary>Makes a repeated submission answer with the first one's result.</summary>
    public string? IdempotencyKey { get; init; }

    public List<Review> Reviews { get; } = [];

    public IReadOnlyList<ApprovalRule> Rules => JsonSerializer.Deserialize<List<ApprovalRule>>(ApprovalRules) ?? [];

    /// <summary>What reviewing, activating and extending it asks of a person.</summary>
    public StepUpRequirement StepUp => new(MfaMaxAge, MfaFactors, Privileged);

    public IEnumerable<Review> CurrentReviews => Reviews.Where(review => review.Round == Round);

    /// <summary>Neither decided against, taken back nor activated; whether it has run out is asked besides.</summary>
    public static readonly Expression<Func<AccessRequest, bool>> IsOpen = row =>
        row.ActivatedAt == null && (row.State == AccessRequestState.Pending || row.State == AccessRequestState.Approved);

    /// <summary>The state at an instant: what has run out counts as expired, whether or not that was written down yet.</summary>
    public AccessRequestState StateAt(DateTimeOffset now) =>
        State is AccessRequestState.Pending or AccessRequestState.Approved && ActivatedAt is null && ExpiresAt <= now ? AccessRequestState.Expired : State;

    /// <summary>SHA-256, in hex, over everything that is asked for and by whom.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new object?[]
        {
            Id, RequesterId, Subject, SortedClusters.Select(row => new[] { row.Cluster, row.RulesDigest }), Role, ClusterRole, NamespacedRole, RoleRules, Scope.ToString(), Namespaces, Duration.Ticks, Reason, Ticket, StartsAt?.UtcTicks,
            Kind.ToString(), ExtendsGrantId, ExtendsTo?.UtcTicks, ExceptNamespaces,
        })));

    /// <summary>Whether a namespace that a pattern matches is meant by it.</summary>
    public bool MayMatch(string name) => !NamespaceChoice.IsExcepted(ExceptNamespaces, name);

    /// <summary>Whether it is this person's own, by the account or by its name: an account that was made anew is nobody else.</summary>
    public bool IsOwn(Caller caller) => caller.UserId == RequesterId || string.Equals(caller.Name, Subject, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the rules name this person as a reviewer by now. Never for one's own request.</summary>
    public bool MayBeReviewedBy(Caller caller, DateTimeOffset now) =>
        !IsOwn(caller) && Rules.Any(rule => rule.Admits(caller.Facts, now - ReviewsSince));

    /// <summary>Whether this person may look at a break-glass afterwards: who could have approved it, and administrators.</summary>
    public bool MayBeReviewedAfterBy(Caller caller, DateTimeOffset now) =>
        AfterReview is not null && !IsOwn(caller) && (caller.IsAdministrator || MayBeReviewedBy(caller, now));

    public bool IsVisibleTo(Caller caller, DateTimeOffset now) => caller.UserId == RequesterId || caller.IsAuditor || MayBeReviewedBy(caller, now);

    /// <summary>Whether something waits for this person: a review, before or after.</summary>
    public bool WaitsFor(Caller caller, DateTimeOffset now) =>
        (StateAt(now) == AccessRequestState.Pending && MayBeReviewedBy(caller, now) && CurrentReviews.All(review => !review.IsBy(caller)))
        || (AfterReview is { Verdict: null } && MayBeReviewedAfterBy(caller, now));

    internal sealed class Configuration : IEntityTypeConfiguration<AccessRequest>
    {
        public void Configure(EntityTypeBuilder<AccessRequest> builder)
        {
            builder.Ignore(request => request.Rules);
            builder.Ignore(request => request.Target);
            builder.Ignore(request => request.StepUp);
            builder.Ignore(request => request.CurrentReviews);
            builder.Ignore(request => request.ClusterNames);
            builder.Ignore(request => request.GrantIds);
            builder.Property(request => request.Kind).HasConversion<string>().HasMaxLength(16);
            builder.HasIndex(request => request.ExtendsGrantId);
            builder.HasIndex(request => request.NextReminderAt);
            builder.HasIndex(request => request.NextEscalationAt);
            builder.Property(request => request.State).HasConversion<string>().HasMaxLength(16);
            builder.Property(request => request.Risk).HasConversion<string>().HasMaxLength(16);
            builder.Property(request => request.TicketAnswer).HasConversion<string>().HasMaxLength(16);
            builder.Property(request => request.Scope).HasConversion<string>().HasMaxLength(16);
            builder.HasOne<User>().WithMany().HasForeignKey(request => request.RequesterId);
            builder.HasMany(request => request.Clusters).WithOne().HasForeignKey(row => row.AccessRequestId);
            // Without them a request says nothing: whoever loads one has them.
            builder.Navigation(request => request.Clusters).AutoInclude();
            builder.HasMany(request => request.Reviews).WithOne().HasForeignKey(review => review.AccessRequestId);
            builder.HasIndex(request => new { request.CreatedAt, request.Id });
            builder.HasIndex(request => new { request.State, request.ExpiresAt });
            builder.HasIndex(request => new { request.RequesterId, request.IdempotencyKey }).IsUnique();
        }
    }
}
