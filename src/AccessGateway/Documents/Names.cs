namespace AccessGateway.Documents;

using System.Text.RegularExpressions;

/// <summary>What names may look like where they enter: later they stand in scripts, kubeconfigs, certificates and terminals.</summary>
internal static partial class Names
{
    /// <summary>A DNS label (RFC 1123): cluster, policy and role-offer names, namespaces.</summary>
    public static string? LabelProblem(string name) => Label().IsMatch(name) ? null : $"'{name}' must be a DNS label: 1 to 63 of a-z, 0-9 and '-', not at an end.";

    /// <summary>A user's or group's name in the gateway. Lower case only, so that there is one way to write it.</summary>
    public static string? PersonProblem(string name) => Person().IsMatch(name) ? null : $"'{name}' must be 1 to 63 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or digit.";

    /// <summary>A ServiceAccount as <c>cluster/namespace/name</c>, exactly: no patterns. Its subject must fit into a leaf.</summary>
    public static string? ServiceAccountProblem(string id)
    {
        if (id.Split('/') is not [var cluster, var space, var name] || !Label().IsMatch(cluster) || !Label().IsMatch(space) || !ObjectName().IsMatch(name))
            return $"'{id}' must be cluster/namespace/name, each a name that is written out.";
        var length = SignIn.MachineRules.NameOf(Policy.MachineKind.ServiceAccount, id).Length;
        return length <= SignIn.MachineRules.LongestName ? null : $"'{id}' is too long: with its prefix it has {length} characters, and a leaf has room for {SignIn.MachineRules.LongestName}.";
    }

    /// <summary>A ClusterRole that may be bound: an object name that does not begin with <c>system:</c>.</summary>
    public static string? ClusterRoleProblem(string name) =>
        name.StartsWith("system:", StringComparison.OrdinalIgnoreCase) ? $"'{name}': roles of the cluster's own parts (system:) are never offered."
        : Role().IsMatch(name) ? null : $"'{name}' is no ClusterRole's name.";

    /// <summary>A namespace, with <c>*</c> and <c>?</c>.</summary>
    public static string? NamespacePatternProblem(string pattern) => NamespacePattern().IsMatch(pattern) ? null : $"'{pattern}' must be 1 to 63 of a-z, 0-9, '-', '*' and '?'.";

    /// <summary>What a request may name: a namespace, or a pattern of namespaces.</summary>
    public static string? NamespaceChoiceProblem(string text) => Policy.Glob.IsPattern(text) ? NamespacePatternProblem(text) : LabelProblem(text);

    /// <summary>An address that mail can be sent to: no display name, quotes or comments, nothing beyond ASCII.</summary>
    public static string? EmailProblem(string address) =>
        address.Length <= 254 && Email().IsMatch(address) && !address.Contains("..", StringComparison.Ordinal) ? null : "must be an e-mail address such as alice@example.com.";

    /// <summary>An API group: empty for the core one.</summary>
    public static string? ApiGroupProblem(string group) => group is "" or "*" || ApiGroup().IsMatch(group) ? null : $"'{group}' is no API group.";

    /// <summary>A resource in RBAC's writing: plural, lower case, a subresource behind a slash.</summary>
    public static string? ResourceProblem(string resource) => Resource().IsMatch(resource) ? null : $"'{resource}' must be a resource such as pods or pods/log, in lower case.";

    public static string? ResourceNameProblem(string name) => Role().IsMatch(name) ? null : $"'{name}' is no object's name.";

    public static string? VerbProblem(string verb) => Verb().IsMatch(verb) ? null : $"'{verb}' must be a verb such as get, in lower case.";

    public static string? UrlProblem(string url) => Url().IsMatch(url) ? null : $"'{url}' must be a path such as /healthz, with * at its end alone.";

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\z")]
    private static partial Regex ApiGroup();

    [GeneratedRegex(@"\A(\*|[a-z0-9-]{1,63})(/(\*|[a-z0-9-]{1,63}))?\z")]
    private static partial Regex Resource();

    [GeneratedRegex(@"\A(\*|[a-z]{1,63})\z")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\A(\*|/[A-Za-z0-9/._-]{0,200}\*?)\z")]
    private static partial Regex Url();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Email();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._@-]{0,62}\z")]
    private static partial Regex Person();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9:._-]{0,252}\z")]
    private static partial Regex Role();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\z")]
    private static partial Regex ObjectName();

    [GeneratedRegex(@"\A[a-z0-9*?-]{1,63}\z")]
    private static partial Regex NamespacePattern();
}
