namespace AccessGateway.Documents;

using System.Text.RegularExpressions;

/// <summary>What names may look like where they enter: later they stand in scripts, kubeconfigs, certificates and terminals.</summary>
internal static partial class Names
{
    /// <summary>A DNS label (RFC 1123): cluster, policy and role-offer names, namespaces.</summary>
    public static string? LabelProblem(string name) => Label().IsMatch(name) ? null : $"'{name}' must be a DNS label: 1 to 63 of a-z, 0-9 and '-', not at an end.";

    /// <summary>A user's or group's name in the gateway. Lower case only, so that there is one way to write it.</summary>
    public static string? PersonProblem(string name) => Person().IsMatch(name) ? null : $"'{name}' must be 1 to 63 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or digit.";

    /// <summary>A ClusterRole that may be bound: an object name that does not begin with <c>system:</c>.</summary>
    public static string? ClusterRoleProblem(string name) =>
        name.StartsWith("system:", StringComparison.OrdinalIgnoreCase) ? $"'{name}': roles of the cluster's own parts (system:) are never offered."
        : Role().IsMatch(name) ? null : $"'{name}' is no ClusterRole's name.";

    /// <summary>A namespace, with <c>*</c> and <c>?</c>.</summary>
    public static string? NamespacePatternProblem(string pattern) => NamespacePattern().IsMatch(pattern) ? null : $"'{pattern}' must be 1 to 63 of a-z, 0-9, '-', '*' and '?'.";

    /// <summary>An address that mail can be sent to: no display name, quotes or comments, nothing beyond ASCII.</summary>
    public static string? EmailProblem(string address) =>
        address.Length <= 254 && Email().IsMatch(address) && !address.Contains("..", StringComparison.Ordinal) ? null : "must be an e-mail address such as alice@example.com.";

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Email();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._@-]{0,62}\z")]
    private static partial Regex Person();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9:._-]{0,252}\z")]
    private static partial Regex Role();

    [GeneratedRegex(@"\A[a-z0-9*?-]{1,63}\z")]
    private static partial Regex NamespacePattern();
}
