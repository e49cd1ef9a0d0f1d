namespace AccessGateway.Kubectl.Posture;

using AccessGateway.Contracts;
using AccessGateway.Kubectl.Clusters;
using AccessGateway.Kubectl.Output;

/// <summary>A posture report, said to a person: the worst first, what needs no eyes counted.</summary>
internal static class PostureText
{
    private const int MostItems = 10;

    public static void Write(TextWriter to, PostureView posture, bool all)
    {
        var shown = posture.Standing.Where(held => all || (held.Origin != StandingOrigin.System && held.Risk > RiskLevel.Low)).ToList();
        Description.Write(to,
        [
            ("Cluster", posture.Cluster),
            ("Risk", BlastRadiusText.Name(posture.Risk)),
            ("Not known", posture.Problem),
            ("Grants", posture.GrantBindings == 0 ? null : $"{posture.GrantBindings} bindings of grants are left out: they end"),
        ]);
        to.WriteLine();
        to.WriteLine("Standing access:");
        if (shown.Count > 0)
        {
            Table.Write(
                to,
                ["RISK", "KIND", "NAME", "ROLE", "WHERE", "JUST-IN-TIME", "DANGERS"],
                shown.Select(held => new[]
                {
                    BlastRadiusText.Name(held.Risk), held.Kind, held.Namespace is null ? held.Name : $"{held.Namespace}/{held.Name}", held.Role, Where(held), Fit(held.JustInTime), Listed(held.Dangers, held.Dangers.Count, 3),
                }));
        }

        var hidden = posture.StandingTotal - shown.Count;
        if (hidden > 0)
            to.WriteLine(all ? $"{hidden} more are not told." : $"{hidden} more are harmless or the cluster's own parts: --all, or -o json.");
        foreach (var note in shown.Where(held => held.Note is not null).DistinctBy(held => (held.Name, held.Note)))
            to.WriteLine(TerminalText.Clean($"{note.Name}: {note.Note}"));
        to.WriteLine();
        to.WriteLine("Hardening:");
        if (posture.Checks.All(check => check.State == CheckState.NotLookedAt))
            to.WriteLine("  not looked at: the cluster's document does not say posture: {workloads: true}");
        else
            foreach (var check in posture.Checks.OrderByDescending(check => check.Risk).ThenBy(check => check.State))
                Write(to, check, all);
        if (posture.PolicyDraft is not null)
        {
            to.WriteLine();
            to.WriteLine($"Policies in place of it: kubectl access posture {posture.Cluster} --policy-draft");
        }
    }

    private static void Write(TextWriter to, HardeningCheckView check, bool all)
    {
        to.WriteLine(TerminalText.Clean($"  {State(check),-8}  {check.Title}: {check.Words}"));
        foreach (var item in check.Items.Take(all ? int.MaxValue : MostItems))
            to.WriteLine(TerminalText.Clean($"              {item.Namespace}: {item.Source}: {item.Words}"));
        if (check.ItemsTotal > MostItems && !all)
            to.WriteLine($"              and {check.ItemsTotal - MostItems} more");
        else if (check.ItemsTotal > check.Items.Count)
            to.WriteLine($"              and {check.ItemsTotal - check.Items.Count} more");
    }

    private static string State(HardeningCheckView check) => check.State switch
    {
        CheckState.Found => BlastRadiusText.Name(check.Risk),
        CheckState.Passed => "good",
        CheckState.NotLookedAt => "not seen",
        _ => "unknown",
    };

    private static string Where(StandingAccessView held) => held.Scope == RoleScope.Cluster ? "cluster" : Listed(held.Namespaces, held.NamespacesTotal, 2);

    private static string Fit(JustInTimeFit fit) => fit switch
    {
        JustInTimeFit.Policy => "could be",
        JustInTimeFit.MachinePolicy => "could be, as a machine",
        _ => "",
    };

    private static string Listed(IReadOnlyList<string> names, int total, int most) => string.Join(",", names.Take(most)) + (total > most ? $" +{total - most}" : "");
}
