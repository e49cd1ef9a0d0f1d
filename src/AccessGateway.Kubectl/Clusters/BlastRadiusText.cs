namespace AccessGateway.Kubectl.Clusters;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Output;

/// <summary>What a role really allows, said to a person: the risk, why, and the rules.</summary>
internal static class BlastRadiusText
{
    public static void Write(TextWriter to, BlastRadiusView radius)
    {
        Description.Write(to,
        [
            ("Role", radius.Target),
            ("Cluster", radius.Cluster),
            ("Bound", radius.Scope == RoleScope.Cluster ? "for the whole cluster" : "in namespaces " + string.Join(", ", radius.Namespaces)),
            ("Matches now", NamespaceText.Matched(radius.MatchedNamespaces, radius.MatchedTotal)),
            ("Risk", Name(radius.Risk)),
            ("At submission", radius.RiskAtSubmission is { } before ? Name(before) : null),
            ("Not known", radius.Problem),
            ("Put together from", string.Join(", ", radius.ResolvedFrom)),
            ("Rules' digest", radius.RulesDigest),
        ]);
        to.WriteLine();
        to.WriteLine("Findings:");
        foreach (var finding in radius.Findings)
            to.WriteLine(TerminalText.Clean($"  {Name(finding.Risk),-8}  {finding.Words}"));
        if (radius.Findings.Count == 0)
            to.WriteLine(radius.Problem is null ? "  none: it only reads, and nothing that is known to be dangerous" : "  none");
        to.WriteLine();
        Table.Write(to, ["APIGROUP", "WHAT"], radius.Summary.Select(group => new[] { Group(group.ApiGroup), group.Words }));
        to.WriteLine();
        Table.Write(
            to,
            ["APIGROUPS", "RESOURCES", "NAMES", "VERBS"],
            radius.Rules.Select(rule => new[]
            {
                string.Join(",", rule.ApiGroups.Select(Group)), string.Join(",", rule.Resources.Concat(rule.NonResourceURLs)), string.Join(",", rule.ResourceNames), string.Join(",", rule.Verbs),
            }));
    }

    public static string Name(RiskLevel risk) => risk.ToString().ToLowerInvariant();

    private static string Group(string group) => group.Length == 0 ? "core" : group;
}
