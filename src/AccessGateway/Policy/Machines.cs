namespace AccessGateway.Policy;

/// <summary>What a machine is known by.</summary>
internal enum MachineKind
{
    /// <summary>A Kubernetes ServiceAccount of a registered cluster, by a token of the cluster's own.</summary>
    ServiceAccount,

    /// <summary>A registered MachineClient, by a key of its own.</summary>
    Client,
}

/// <summary>A machine, as far as a decision needs it.</summary>
/// <param name="Id"><c>cluster/namespace/name</c> of a ServiceAccount, or a client's name.</param>
/// <param name="LongestGrant">How long a machine's grant lasts at most, whatever policies say.</param>
internal sealed record MachineFacts(MachineKind Kind, string Id, TimeSpan LongestGrant);

/// <summary>Machines by their exact names; there are no patterns, for whoever can make a namespace would choose what matches.</summary>
internal sealed record MachineNames(IReadOnlyList<string> ServiceAccounts, IReadOnlyList<string> Clients)
{
    public static readonly MachineNames None = new([], []);

    public bool Include(MachineFacts machine) => Of(machine.Kind).Contains(machine.Id);

    public IReadOnlyList<string> Of(MachineKind kind) => kind == MachineKind.ServiceAccount ? ServiceAccounts : Clients;

    public IEnumerable<string> Words => ServiceAccounts.Select(name => $"service account {name}").Concat(Clients.Select(name => $"client {name}"));

    public bool Equals(MachineNames? other) => other is not null && ServiceAccounts.SequenceEqual(other.ServiceAccounts) && Clients.SequenceEqual(other.Clients);

    public override int GetHashCode() => ServiceAccounts.Concat(Clients).Aggregate(ServiceAccounts.Count, HashCode.Combine);
}
