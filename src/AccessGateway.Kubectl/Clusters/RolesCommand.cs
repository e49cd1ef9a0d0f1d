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
            new("NAMESPACES", (offer, _) => string.Join(",", offer.Namespaces), Wide: true),
            new("REASON", (offer, _) => offer.ReasonRequired ? "required" : "optional", Wide: true),
        ]);

    public static Command Create(CommandHost host)
    {
        var cluster = Arguments.Cluster();
        var command = new Command("roles", "List the roles that you may ask for on a cluster.") { cluster };
        host.Handle(command, async (parsed, invocation, cancellation) =>
            invocation.Printer.List(await invocation.Gateway.RoleOffersAsync(parsed.GetRequiredValue(cluster), cancellation), Kind));
        return command;
    }
}
