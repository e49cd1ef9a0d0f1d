namespace AccessGateway.BlastRadius;

using AccessGateway.Clusters;

/// <summary>What a role does in one API group, in words.</summary>
internal sealed record GroupSummary(string ApiGroup, string Words);

/// <summary>From normalised rules to a line for each API group, as people say it. Pure.</summary>
internal static class GroupSummaries
{
    private const int Listed = 12;

    /// <summary>Kinds whose name is not just the resource with a capital.</summary>
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["*"] = "everything", ["configmaps"] = "ConfigMaps", ["serviceaccounts"] = "ServiceAccounts", ["persistentvolumeclaims"] = "PersistentVolumeClaims",
        ["persistentvolumes"] = "PersistentVolumes", ["replicationcontrollers"] = "ReplicationControllers", ["resourcequotas"] = "ResourceQuotas",
        ["limitranges"] = "LimitRanges", ["podtemplates"] = "PodTemplates", ["componentstatuses"] = "ComponentStatuses", ["replicasets"] = "ReplicaSets",
        ["daemonsets"] = "DaemonSets", ["statefulsets"] = "StatefulSets", ["controllerrevisions"] = "ControllerRevisions", ["cronjobs"] = "CronJobs",
        ["networkpolicies"] = "NetworkPolicies", ["horizontalpodautoscalers"] = "HorizontalPodAutoscalers", ["poddisruptionbudgets"] = "PodDisruptionBudgets",
        ["rolebindings"] = "RoleBindings", ["clusterroles"] = "ClusterRoles", ["clusterrolebindings"] = "ClusterRoleBindings", ["endpointslices"] = "EndpointSlices",
        ["customresourcedefinitions"] = "CustomResourceDefinitions", ["storageclasses"] = "StorageClasses", ["volumeattachments"] = "VolumeAttachments",
        ["certificatesigningrequests"] = "CertificateSigningRequests", ["localsubjectaccessreviews"] = "LocalSubjectAccessReviews",
    };

    private static readonly (string Verb, string Word)[] Words =
        [("get", "read"), ("list", "read"), ("watch", "read"), ("create", "create"), ("update", "change"), ("patch", "change"), ("delete", "delete"), ("deletecollection", "delete")];

    public static IReadOnlyList<GroupSummary> Of(IReadOnlyList<RbacRule> rules) =>
    [
        .. rules.SelectMany(rule => rule.ApiGroups).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(group => new GroupSummary(group, Sentence([.. rules.Where(rule => rule.ApiGroups.Contains(group))]))),
    ];

    /// <summary>What changes most first.</summary>
    private static string Sentence(List<RbacRule> rules) => string.Join("; ", rules
        .SelectMany(rule => rule.Resources.Select(resource => (resource, Names: rule.ResourceNames.Count > 0, rule.Verbs)))
        .GroupBy(right => (right.resource, right.Names))
        .Select(same => (Resource: Kind(same.Key.resource) + (same.Key.Names ? " of certain names" : ""), Act: Act(same.SelectMany(right => right.Verbs))))
        .GroupBy(right => right.Act)
        .OrderBy(same => same.Key.StartsWith("read", StringComparison.Ordinal) ? 1 : 0).ThenByDescending(same => same.Key.Length)
        .Select(same => $"{same.Key} {List([.. same.Select(right => right.Resource).Order(StringComparer.Ordinal)])}"));

    private static string Act(IEnumerable<string> verbs)
    {
        var given = verbs.Distinct(StringComparer.Ordinal).ToList();
        if (given.Contains("*"))
            return "do everything with";
        var words = Words.Where(word => given.Contains(word.Verb)).Select(word => word.Word)
            .Concat(given.Where(verb => Array.TrueForAll(Words, word => word.Verb != verb)).Order(StringComparer.Ordinal))
            .Distinct(StringComparer.Ordinal).ToList();
        return words.Count switch { 0 => "name", 1 => words[0], _ => $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}" };
    }

    private static string Kind(string resource)
    {
        if (Kinds.TryGetValue(resource, out var kind))
            return kind;
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0)
            return $"{Kind(resource[..slash])}/{resource[(slash + 1)..]}";
        return resource.Length > 0 && char.IsAsciiLetterLower(resource[0]) ? char.ToUpperInvariant(resource[0]) + resource[1..] : resource;
    }

    private static string List(List<string> kinds) => string.Join(", ", kinds.Take(Listed)) + (kinds.Count > Listed ? $" and {kinds.Count - Listed} more" : "");
}
