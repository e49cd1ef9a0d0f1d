namespace AccessGateway.Clusters;

using System.Collections.Concurrent;
using AccessGateway.Policy;
using Microsoft.Extensions.Logging;

/// <summary>What whoever holds a role may do, aggregated ClusterRoles expanded.</summary>
/// <param name="Rules">Normalised.</param>
/// <param name="From">The ClusterRoles that it is put together from, itself not counted.</param>
internal sealed record ResolvedRole(string Name, IReadOnlyList<RbacRule> Rules, string Digest, IReadOnlyList<string> From);

/// <summary>
/// Resolves roles. A ClusterRole and what is aggregated into it are read anew each time, so that what is told is never older than
/// the question; what was worked out of them is kept as long as no resourceVersion among them changes.
/// </summary>
internal sealed partial class RoleRules(ClusterConnections connections, TimeProvider clock, ILogger<RoleRules> logger) : IRoleRules
{
    /// <summary>Nobody who submits or looks waits longer for a cluster.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Far more than any role is put together from.</summary>
    private const int MaxParts = 1000;

    private readonly ConcurrentDictionary<(string Cluster, string Role), (string Versions, ResolvedRole Resolved)> _known = new();

    public async Task<string?> DigestAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken) =>
        (await ResolveAsync(cluster, target, namespaces, cancellationToken))?.Digest;

    /// <summary>Null where the cluster or the role cannot be read, whatever the reason; the log has it.</summary>
    public async Task<ResolvedRole?> ResolveAsync(string cluster, RoleTarget target, IReadOnlyList<string> namespaces, CancellationToken cancellationToken)
    {
        if (target.HasOwnRules)
            return ResolveOwn(cluster, target);
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            if (connections.Find(cluster) is not { } kubernetes)
                return null;
            var reader = new RbacReader(kubernetes);
            var parts = target.NamespacedRole.Length > 0
                ? await reader.RolesAsync(target.NamespacedRole, namespaces, either.Token)
                : await PartsAsync(reader, target.ClusterRole, either.Token);
            return parts is null ? null : Resolve(cluster, $"{target} {string.Join(' ', namespaces)}", parts);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnreadable(e, target.ToString(), cluster);
            return null;
        }
    }

    /// <summary>The role first, then what its selectors select, and what theirs do. The API server writes the rules of all of them into
    /// the role, but only some time after one of them changed.</summary>
    private static async Task<List<RbacRole>?> PartsAsync(RbacReader reader, string clusterRole, CancellationToken cancellationToken)
    {
        if (await reader.ClusterRoleAsync(clusterRole, cancellationToken) is not { } role)
            return null;
        var parts = new List<RbacRole> { role };
        var asked = new HashSet<string>(StringComparer.Ordinal);
        for (var next = 0; next < parts.Count; next++)
        {
            foreach (var selector in parts[next].Selectors.Where(asked.Add))
            {
                var selected = await reader.ClusterRolesAsync(selector, cancellationToken);
                parts.AddRange(selected.Where(found => !parts.Exists(part => part.Name == found.Name)));
                if (parts.Count > MaxParts)
                    throw new InvalidDataException($"{clusterRole} is put together from more than {MaxParts} roles.");
            }
        }

        return parts;
    }

    /// <summary>Rules of the offer's own are what they say, in every cluster.</summary>
    private ResolvedRole? ResolveOwn(string cluster, RoleTarget target)
    {
        if (RuleSet.Normalise(target.Rules.Select(rule => new RbacRule(rule.ApiGroups, rule.Resources, rule.ResourceNames, rule.Verbs, rule.NonResourceUrls))) is { } rules)
            return new ResolvedRole(target.ToString(), rules, RuleSet.Digest(rules), []);
        LogTooLarge(target.ToString(), cluster);
        return null;
    }

    private ResolvedRole? Resolve(string cluster, string role, List<RbacRole> parts)
    {
        var versions = string.Join(' ', parts.Select(part => part.Version));
        if (_known.TryGetValue((cluster, role), out var known) && known.Versions == versions)
            return known.Resolved;
        if (RuleSet.Normalise(parts.SelectMany(part => part.Rules)) is not { } rules)
        {
            LogTooLarge(role, cluster);
            return null;
        }

        var resolved = new ResolvedRole(role, rules, RuleSet.Digest(rules), [.. parts.Skip(1).Where(part => part.Namespace is null).Select(part => part.Name).Order(StringComparer.Ordinal)]);
        _known[(cluster, role)] = (versions, resolved);
        return resolved;
    }

    [LoggerMessage(LogLevel.Warning, "{Role} of cluster {Cluster} could not be read; what it allows is unknown.")]
    private partial void LogUnreadable(Exception exception, string role, string cluster);

    [LoggerMessage(LogLevel.Warning, "{Role} of cluster {Cluster} has more rights than can be analysed; what it allows is unknown.")]
    private partial void LogTooLarge(string role, string cluster);
}
