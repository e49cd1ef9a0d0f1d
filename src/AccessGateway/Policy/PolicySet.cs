namespace AccessGateway.Policy;

using System.Collections;
using System.Collections.Concurrent;

/// <summary>
/// Policies with an index, so that a decision looks only at those that can concern it: by cluster, then by the requester's groups and
/// name, or by the machine that asks. What it leaves out does not apply; whatever it finds is checked again, so it can be no source of wrong decisions but of
/// missing policies, and a test compares it with the plain list.
/// </summary>
internal sealed class PolicySet(IReadOnlyList<AccessPolicy> policies, IReadOnlyList<ClusterFacts> clusters) : IReadOnlyList<AccessPolicy>
{
    private readonly Dictionary<string, ClusterFacts> _clusters = clusters.DistinctBy(cluster => cluster.Name).ToDictionary(cluster => cluster.Name, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Index> _indexes = new(StringComparer.Ordinal);

    public int Count => policies.Count;

    public AccessPolicy this[int index] => policies[index];

    public IEnumerator<AccessPolicy> GetEnumerator() => policies.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>At least every policy that applies to this person on this cluster, in their order.</summary>
    public IEnumerable<AccessPolicy> Candidates(ClusterFacts cluster, PersonFacts requester)
    {
        // Facts of a cluster that is not of this configuration may match anything.
        if (!_clusters.TryGetValue(cluster.Name, out var known) || !ReferenceEquals(known.Labels, cluster.Labels))
            return policies;
        var index = _indexes.GetOrAdd(cluster.Name, static (_, of) => new Index(of.policies, of.known), (policies, known));
        var places = new List<int>();
        foreach (var group in requester.Groups)
            places.AddRange(index.OfGroup(group));
        places.AddRange(index.OfUser(requester.Name));
        if (requester.Machine is { } machine)
            places.AddRange(index.OfMachine(machine.Kind, machine.Id));
        places.Sort();
        return InOrder(places);
    }

    /// <param name="places">Sorted; a policy that names several of the requester's groups stands there several times.</param>
    private IEnumerable<AccessPolicy> InOrder(List<int> places)
    {
        for (var i = 0; i < places.Count; i++)
        {
            if (i == 0 || places[i] != places[i - 1])
                yield return policies[places[i]];
        }
    }

    /// <summary>The policies of one cluster by whom they name.</summary>
    private sealed class Index
    {
        private readonly Dictionary<string, List<int>> _groups = new(StringComparer.Ordinal);
        private readonly Dictionary<string, List<int>> _users = new(StringComparer.Ordinal);
        private readonly Dictionary<(MachineKind Kind, string Id), List<int>> _machines = [];

        public Index(IReadOnlyList<AccessPolicy> policies, ClusterFacts cluster)
        {
            for (var i = 0; i < policies.Count; i++)
            {
                if (!policies[i].Clusters.Includes(cluster))
                    continue;
                foreach (var group in policies[i].Requesters.Groups)
                    Add(_groups, group, i);
                foreach (var user in policies[i].Requesters.Users)
                    Add(_users, user, i);
                foreach (var account in policies[i].Requesters.Machines.ServiceAccounts)
                    Add(_machines, (MachineKind.ServiceAccount, account), i);
                foreach (var client in policies[i].Requesters.Machines.Clients)
                    Add(_machines, (MachineKind.Client, client), i);
            }
        }

        public List<int> OfGroup(string group) => _groups.TryGetValue(group, out var places) ? places : [];

        public List<int> OfUser(string user) => _users.TryGetValue(user, out var places) ? places : [];

        public List<int> OfMachine(MachineKind kind, string id) => _machines.TryGetValue((kind, id), out var places) ? places : [];

        private static void Add<TKey>(Dictionary<TKey, List<int>> to, TKey key, int place)
            where TKey : notnull
        {
            if (!to.TryGetValue(key, out var places))
                to[key] = places = [];
            places.Add(place);
        }
    }
}
