namespace AccessGateway.Kubectl.Clusters;

using System.CommandLine;
using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class RolesCommand
{
    private static readonly ResourceKind<RoleOfferView> Kind = new(
        "roleoffer", "roles", offer => offer.Role, GatewayJson.Default.RoleOfferView,
        [
            new("ROLE", (offer, _) => offer.Role),
            new("BINDS", (offer, _) => offer.Bound),
            new("SCOPE", (offer, _) => offer.Scope == RoleScope.Cluster ? "cluster" : "namespaces"),
            new("APPROVALS", (offer, _) => offer.Approvals == 0 ? "none" : offer.Approvals.ToString(CultureInfo.InvariantCulture)),
            new("DEFAULT", (offer, _) => offer.DefaultDuration),
            new("MAX", (offer, _) => offer.MaxDuration),
            new("NAMESPACES", (offer, _) => NamespaceText.Short(offer.Namespaces, offer.ExceptNamespaces), Wide: true),
            new("REASON", (offer, _) => offer.ReasonRequired ? "required" : "optional", Wide: true),
        ]);

    public static Command Create(CommandHost host)
    {
        var cluster = Arguments.Cluster();
        var role = Arguments.Optional(Arguments.Checked("ROLE", "", Identifiers.IsDnsLabel, "is no role's name"), "Explain what this one really allows.");
        var namespaces = new Option<string[]>("--namespace", "-n") { Description = "Explain it in this namespace, or in those that a pattern matches; may come several times.", HelpName = "NAME|PATTERN" };
        namespaces.Validators.Add(result => Arguments.Check(result, Identifiers.IsNamespaceChoice, "is no namespace's name, nor a pattern of a-z, 0-9, '-', '*' and '?'"));
        var command = new Command("roles", "List the roles that you may ask for on a cluster, or explain one.") { cluster, role, namespaces };
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            if (parsed.GetValue(role) is { } chosen)
            {
                var radius = await invocation.Gateway.OfferBlastRadiusAsync(parsed.GetRequiredValue(cluster), chosen, parsed.GetValue(namespaces) ?? [], cancellation);
                invocation.Printer.Value(radius, GatewayJson.Default.BlastRadiusView, to => BlastRadiusText.Write(to, radius));
                return;
            }

            invocation.Printer.List(await invocation.Gateway.RoleOffersAsync(parsed.GetRequiredValue(cluster), cancellation), Kind);
        });
        return command;
    }
}
