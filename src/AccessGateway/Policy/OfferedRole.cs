namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>A role as one policy offers it.</summary>
internal sealed record OfferedRole
{
    public required string Name { get; init; }

    public required RoleTarget Target { get; init; }

    public required RoleScope Scope { get; init; }

    /// <summary>With scope Namespaces: patterns with <c>*</c> and <c>?</c>; else empty.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Of those, patterns of namespaces that are not offered all the same.</summary>
    public IReadOnlyList<string> ExceptNamespaces { get; init; } = [];

    public required TimeSpan MaxDuration { get; init; }

    public required TimeSpan DefaultDuration { get; init; }

    /// <summary>All must be met; none means approved at once.</summary>
    public required IReadOnlyList<ApprovalRule> Approval { get; init; }

    /// <summary>Whether the policy says that the role reaches everything: each of its steps then needs MFA of its own.</summary>
    public bool Privileged { get; init; }

    /// <summary>Where each key of the offer stands; empty where there is no document.</summary>
    public IReadOnlyDictionary<string, SourcePlace> Places { get; init; } = SourcePlace.None;

    /// <summary>What must hold for no approval to be needed, beside <see cref="Approval"/>; null: nothing does.</summary>
    public AutomaticWhen? AutomaticWhen { get; init; }

    /// <summary>Who decides where a role that is approved at once needs approval after all: for time beyond
    /// <see cref="MaxDuration"/>, or where the tracker did not confirm the ticket.</summary>
    public IReadOnlyList<ApprovalRule> Otherwise { get; init; } = [new(1, new People([], []))];

    /// <summary>How long a grant may last with its extensions; <see cref="MaxDuration"/> where missing. What goes beyond that needs approval.</summary>
    public TimeSpan? MaxTotalDuration { get; init; }

    public BreakGlassRule? BreakGlass { get; init; }

    /// <summary>Whether a namespace, or all that a pattern matches, is offered.</summary>
    public bool Offers(string chosen) =>
        Namespaces.Any(pattern => Glob.Contains(pattern, chosen)) && !ExceptNamespaces.Any(pattern => Glob.Contains(pattern, chosen));

    /// <summary>What it binds, and where.</summary>
    public string Words => $"{Target} {(Scope == RoleScope.Cluster ? "for the whole cluster" : "in namespaces")}";
}

/// <summary>A quorum: so many different reviewers of these.</summary>
/// <param name="Required">1 to 10.</param>
internal sealed record ApprovalRule(int Required, People Reviewers)
{
    /// <summary>Who else may decide after a while.</summary>
    public Escalation? Escalation { get; init; }

    /// <summary>How often those who have not decided yet are reminded.</summary>
    public TimeSpan? RemindEvery { get; init; }

    /// <summary>The rule for one requester: with their manager group in place of the words.</summary>
    public ApprovalRule For(PersonFacts requester) => this with
    {
        Reviewers = Reviewers.For(requester),
        Escalation = Escalation is { } later ? later with { Reviewers = later.Reviewers.For(requester) } : null,
    };

    /// <summary>Whether a person may decide under it so long after the reviewers were first asked.</summary>
    public bool Admits(PersonFacts person, TimeSpan waited) =>
        Reviewers.Include(person) || (Escalation is { } later && waited >= later.After && later.Reviewers.Include(person));
}

/// <summary>Further reviewers, after a while.</summary>
/// <param name="After">1 min to 7 d.</param>
internal sealed record Escalation(TimeSpan After, People Reviewers);

/// <summary>People by gateway group or by name, and machines by theirs. Neither ever counts as the other.</summary>
/// <param name="ManagerOfRequester">And the requester's manager group, see <see cref="PersonFacts.ManagerGroups"/>.</param>
internal sealed record People(IReadOnlyList<string> Groups, IReadOnlyList<string> Users, bool ManagerOfRequester = false)
{
    public MachineNames Machines { get; init; } = MachineNames.None;

    public bool IsNobody => Groups.Count == 0 && Users.Count == 0 && Machines.Equals(MachineNames.None);

    public bool Include(PersonFacts person) =>
        person.Machine is { } machine ? Machines.Include(machine) : Users.Contains(person.Name) || Groups.Any(person.Groups.Contains);

    public People For(PersonFacts requester) => ManagerOfRequester ? new People([.. Groups.Union(requester.ManagerGroups)], Users) { Machines = Machines } : this;

    public bool Equals(People? other) => other is not null
        && Groups.SequenceEqual(other.Groups) && Users.SequenceEqual(other.Users) && ManagerOfRequester == other.ManagerOfRequester && Machines.Equals(other.Machines);

    public override int GetHashCode() => Groups.Concat(Users).Aggregate(Groups.Count, HashCode.Combine);

    public override string ToString() =>
        string.Join(", ", Groups.Select(group => $"group {group}").Concat(Users).Concat(Machines.Words).Concat(ManagerOfRequester ? ["the requester's manager"] : []));
}

/// <summary>Clusters by name or by label; either matches.</summary>
internal sealed record ClusterSelector(IReadOnlyList<string> Names, IReadOnlyDictionary<string, string> Labels)
{
    public bool Includes(ClusterFacts cluster) => cluster.IsRegistered
        && (Names.Contains(cluster.Name)
            || (Labels.Count > 0 && Labels.All(label => cluster.Labels.TryGetValue(label.Key, out var value) && value == label.Value)));
}

/// <summary>A cluster, as far as a decision needs it.</summary>
internal sealed record ClusterFacts(string Name, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Nothing is offered on a cluster that has no document, whatever policies name it.</summary>
    public bool IsRegistered { get; init; } = true;

    public static ClusterFacts Unknown(string name) => new(name, new Dictionary<string, string>()) { IsRegistered = false };
}

/// <summary>A person, as far as a decision needs it.</summary>
internal sealed record PersonFacts(string Name, IReadOnlyCollection<string> Groups)
{
    /// <summary>A group of this name makes what follows the prefix its members' manager group: administrators and providers give
    /// it as they give any group.</summary>
    public const string ManagedBy = "managed-by.";

    /// <summary>Set where it is no person but a machine.</summary>
    public MachineFacts? Machine { get; init; }

    public IEnumerable<string> ManagerGroups => Groups
        .Where(group => group.Length > ManagedBy.Length && group.StartsWith(ManagedBy, StringComparison.Ordinal))
        .Select(group => group[ManagedBy.Length..])
        .Order(StringComparer.Ordinal);
}

/// <summary>All that a decision is made from.</summary>
/// <param name="Clusters">Where the role is asked for: on all of these, or nowhere.</param>
/// <param name="Namespaces">Names, and patterns of names.</param>
/// <param name="Duration">Null for the offer's default.</param>
/// <param name="ActiveFrom">When the grant would begin at the earliest: now, or the start asked for.</param>
internal sealed record RequestFacts(
    IReadOnlyList<ClusterFacts> Clusters,
    PersonFacts Requester,
    string Role,
    IReadOnlyList<string> Namespaces,
    TimeSpan? Duration,
    string? Reason,
    DateTimeOffset ActiveFrom)
{
    /// <summary>What the role would lead to where it is asked for, on the worst of the clusters; as long as nobody says, the worst there is.</summary>
    public RiskLevel Risk { get; init; } = RiskLevel.Unknown;

    /// <summary>The same for each of the clusters by itself, by name. For the record: <see cref="Risk"/> decides.</summary>
    public IReadOnlyDictionary<string, RiskLevel> Risks { get; init; } = new Dictionary<string, RiskLevel>();

    /// <summary>Why the risk is unknown; null where nobody looked.</summary>
    public string? RiskProblem { get; init; }

    /// <summary>What the patterns match on each cluster now, by its name; a cluster is missing where that is not known, or where nothing is a pattern.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Matches { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>What was excepted when it was asked for, and stays so whatever the offer says later.</summary>
    public IReadOnlyList<string> ExceptNamespaces { get; init; } = [];

    public string? Ticket { get; init; }

    public TicketAnswer TicketAnswer { get; init; }

    /// <summary>The schedules by which the requester is on call at <see cref="ActiveFrom"/>.</summary>
    public IReadOnlyCollection<string> OnCall { get; init; } = [];

    /// <summary>Whether the glass is to be broken.</summary>
    public bool BreakGlass { get; init; }

    /// <summary>Whether <see cref="Duration"/> is the whole time of a grant that is to be extended.</summary>
    public bool Extends { get; init; }
}
