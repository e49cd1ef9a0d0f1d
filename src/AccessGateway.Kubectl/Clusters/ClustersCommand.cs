namespace AccessGateway.Kubectl.Clusters;

using System.CommandLine;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Output;

internal static class ClustersCommand
{
    private static readonly ResourceKind<ClusterView> Kind = new(
        "cluster", "clusters", cluster => cluster.Name, GatewayJson.Default.ClusterView,
        [
            new("NAME", (cluster, _) => cluster.Name),
            new("HEALTHY", (cluster, _) => cluster.Healthy switch { true => "yes", false => "no", null => "unknown" }),
            new("LABELS", (cluster, _) => string.Join(",", cluster.Labels.Select(label => $"{label.Key}={label.Value}"))),
            new("SERVER", (cluster, _) => cluster.Server, Wide: true),
        ]);

    public static Command Create(CommandHost host)
    {
        var command = new Command("clusters", "List the clusters that you may ask for.");
        host.Handle(command, async (_, invocation, cancellation) =>
            invocation.Printer.List(await invocation.Gateway.ClustersAsync(cancellation), Kind));
        return command;
    }
}
