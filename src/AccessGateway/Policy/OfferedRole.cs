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

    public required TimeSpan MaxDuration { get; init; }

    public required TimeSpan DefaultDuration { get; init; }

    /// <summary>All must be met; none means approved at once.</summary>
    public required IReadOnlyList<ApprovalRule> Approval { get; init; }

    /// <summary>Whether the policy says that the role reaches everything: each of its steps then needs MFA of its own.</summary>
    public bool Privileged { get; init; }

    /// <summary>Where each key of the offer stands; empty where there is no document.</summary>
    public IReadOnlyDictionary<string, SourcePlace> Places { get; init; } = SourcePlace.None;
}

/// <summary>A quorum: so many different reviewers of these.</summary>
/// <param name="Required">1 to 10.</param>
internal sealed record ApprovalRule(int Required, People Reviewers);

/// <summary>People by gateway group or by name, and machines by theirs. Neither ever counts as the other.</summary>
internal sealed record People(IReadOnlyList<string> Groups, IReadOnlyList<string> Users)
{
    public MachineNames Machines { get; init; } = MachineNames.None;

    public bool Include(PersonFacts person) =>
        person.Machine is { } machine ? Machines.Include(machine) : Users.Contains(person.Name) || Groups.Any(person.Groups.Contains);

    public bool Equals(People? other) =>
        other is not null && Groups.SequenceEqual(other.Groups) && Users.SequenceEqual(other.Users) && Machines.Equals(other.Machines);

    public override int GetHashCode() => Groups.Concat(Users).Aggregate(Groups.Count, HashCode.Combine);

    public override string ToString() => string.Join(", ", Groups.Select(group => $"group {group}").Concat(Users).Concat(Machines.Words));
}

/// <summary>Clusters by name or by label; either matches.</summary>
internal sealed record ClusterSelector(IReadOnlyList<string> Names, IReadOnlyDictionary<string, string> Labels)
{
    public bool Includes(ClusterFacts cluster) =>
        Names.Contains(cluster.Name)
        || (Labels.Count > 0 && Labels.All(label => cluster.Labels.TryGetValue(label.Key, out var value) && value == label.Value));
}

/// <summary>A cluster, as far as a decision needs it.</summary>
internal sealed record ClusterFacts(string Name, IReadOnlyDictionary<string, string> Labels);

/// <summary>A person, as far as a decision needs it.</summary>
internal sealed record PersonFacts(string Name, IReadOnlyCollection<string> Groups)
{
    /// <summary>Set where it is no person but a machine.</summary>
    public MachineFacts? Machine { get; init; }
}

/// <summary>All that a decision is made from.</summary>
/// <param name="Duration">Null for the offer's default.</param>
/// <param name="ActiveFrom">When the grant would begin at the earliest: now, or the start asked for.</param>
internal sealed record RequestFacts(
    ClusterFacts Cluster,
    PersonFacts Requester,
    string Role,
    IReadOnlyList<string> Namespaces,
    TimeSpan? Duration,
    string? Reason,
    DateTimeOffset ActiveFrom)
{
    /// <summary>What the role would lead to where it is asked for; as long as nobody says, the worst.</summary>
    public RiskLevel Risk { get; init; } = RiskLevel.Unknown;
}
