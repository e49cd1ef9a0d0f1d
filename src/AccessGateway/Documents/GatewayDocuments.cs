namespace AccessGateway.Documents;

using System.Collections.Frozen;
using AccessGateway.Clusters;
using AccessGateway.Notifications;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>The configuration at one moment: every document of a folder, read whole or not at all. Never changes; whoever works with
/// one to the end has worked under one configuration.</summary>
internal sealed class GatewayDocuments
{
    private readonly FrozenDictionary<Type, Array> _all;
    private readonly FrozenDictionary<string, ClusterDefinition> _clusters;
    private readonly PolicySet _policies;

    /// <param name="values">What each document became, by its kind.</param>
    /// <param name="digest">SHA-256 over every file's name and content, in hex.</param>
    public GatewayDocuments(ILookup<DocumentKind, object> values, string digest, IReadOnlyList<DocumentError> warnings)
    {
        _all = DocumentKinds.All.ToFrozenDictionary(kind => kind.Type, kind => ToArray(kind, values[kind]));
        _clusters = All<ClusterDefinition>().ToFrozenDictionary(cluster => cluster.Name, StringComparer.Ordinal);
        _policies = new PolicySet(All<AccessPolicy>(), [.. Clusters.Select(cluster => cluster.Facts)]);
        Digest = digest;
        Warnings = [.. warnings, .. DocumentChecks.Warnings(this)];
    }

    public IReadOnlyList<ClusterDefinition> Clusters => All<ClusterDefinition>();

    /// <summary>All policies; decisions find those that concern them by an index.</summary>
    public IReadOnlyList<AccessPolicy> Policies => _policies;

    /// <summary>How many documents there are, of every kind.</summary>
    public int Count => _all.Values.Sum(values => values.Length);

    /// <summary>Which configuration a decision was made under.</summary>
    public string Digest { get; }

    /// <summary>What works, and still should be looked at.</summary>
    public IReadOnlyList<DocumentError> Warnings { get; }

    public IReadOnlyList<NotifierDefinition> Notifiers => All<NotifierDefinition>();

    public IReadOnlyList<MachineClient> MachineClients => All<MachineClient>();

    public MachineClient? MachineClient(string name) => MachineClients.FirstOrDefault(client => client.Name == name);

    public ClusterDefinition? Cluster(string name) => _clusters.GetValueOrDefault(name);

    /// <summary>The policies that offer something on a cluster.</summary>
    public IEnumerable<AccessPolicy> PoliciesOn(ClusterDefinition cluster) => Policies.Where(policy => policy.Clusters.Includes(cluster.Facts));

    /// <summary>Whether roles are made on the cluster, for grants under policies that carry rules of their own.</summary>
    public bool OfferOwnRules(ClusterDefinition cluster) => PoliciesOn(cluster).Any(policy => policy.Roles.Any(role => role.Target.HasOwnRules));

    /// <summary>Everything of one kind, in the order of the files.</summary>
    /// <typeparam name="T">The type of a line of <see cref="DocumentKinds.All"/>.</typeparam>
    public IReadOnlyList<T> All<T>()
        where T : class => (T[])_all[typeof(T)];

    /// <summary>Reads every <c>*.yaml</c> and <c>*.yml</c> directly in the folder.</summary>
    /// <exception cref="DocumentException">With every error found.</exception>
    public static GatewayDocuments Load(string folder)
    {
        var read = DocumentFolder.Read(folder);
        return read.Documents ?? throw new DocumentException(read.Errors);
    }

    private static Array ToArray(DocumentKind kind, IEnumerable<object> values)
    {
        var list = values.ToArray();
        var typed = Array.CreateInstance(kind.Type, list.Length);
        list.CopyTo(typed, 0);
        return typed;
    }
}
