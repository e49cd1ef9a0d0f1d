namespace AccessGateway.Bindings;

/// <summary>A binding that we own, in whatever form Kubernetes keeps it.</summary>
/// <param name="Namespace">Null for a ClusterRoleBinding.</param>
/// <param name="Role">A ClusterRole's name, or <c>Role/</c> and the name of a Role of the namespace.</param>
/// <param name="Subjects">Who is bound: kind and name of each.</param>
/// <param name="Labels">Ours alone, as <c>gateway/grant</c>; what others put beside them is no concern of ours.</param>
/// <param name="Holder">The annotation that says for whom it is.</param>
/// <param name="NotAfter">When the grant ends, as the annotation says it: what a reaper goes by while the gateway is dead.</param>
internal sealed record Binding(string Name, string? Namespace, string GrantId, string Role, string Subjects, string Labels, string? Holder, string? NotAfter)
{
    /// <summary>Which object of that name it is, where it was read from a cluster; with it only that one is deleted.</summary>
    public string? Uid { get; init; }

    /// <summary>The object's resourceVersion; with it nothing is deleted that changed since it was read.</summary>
    public string? Version { get; init; }

    /// <summary>What keeps it from being deleted, put there by others; empty where nothing does.</summary>
    public string Finalizers { get; init; } = "";

    public string Resource => Namespace is null ? Resources.ClusterRoleBindings : Resources.RoleBindings;

    /// <summary>Where it stands, for people and audit events.</summary>
    public string Place => Namespace is null ? $"clusterrolebinding/{Name}" : $"rolebinding/{Name} in {Namespace}";

    /// <summary>What binds otherwise than it should; empty where nothing does. Another end binds no otherwise: it is written anew in place.</summary>
    public IReadOnlyList<(string What, string Found, string Expected)> DifferencesFrom(Binding desired)
    {
        var differences = new List<(string, string, string)>();
        Compare("role", Role, desired.Role);
        Compare("subjects", Subjects, desired.Subjects);
        Compare("labels", Labels, desired.Labels);
        Compare("annotations", Holder ?? "none", desired.Holder ?? "none");
        Compare("finalizers", OrNone(Finalizers), OrNone(desired.Finalizers));
        return differences;

        void Compare(string what, string found, string expected)
        {
            if (found != expected)
                differences.Add((what, found, expected));
        }

        static string OrNone(string text) => text.Length == 0 ? "none" : text;
    }
}
