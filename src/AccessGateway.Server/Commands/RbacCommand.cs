namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Clusters;
using AccessGateway.Documents;

/// <summary>The gateway's own rights in a cluster, made from the documents.</summary>
internal static class RbacCommand
{
    private static readonly Argument<string> Cluster = new("cluster") { Description = "The cluster's name." };

    private static readonly Option<string> Account = new("--service-account")
    {
        Description = "Whom the gateway is in the cluster: NAMESPACE/NAME.",
        DefaultValueFactory = _ => "access-gateway/access-gateway",
    };

    private static readonly Option<bool> Admission = new("--admission-policy") { Description = "Adds a ValidatingAdmissionPolicy that limits what the gateway writes; for Kubernetes 1.30 and later." };

    public static Command Create()
    {
        Account.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } account || account.Split('/') is not [var place, var name] || Names.LabelProblem(place) is not null || Names.LabelProblem(name) is not null)
                result.AddError("--service-account must be NAMESPACE/NAME.");
        });
        var rbac = new Command("rbac", "Prints the least RBAC that the gateway needs in a cluster for the documents to work: pipe it into kubectl apply -f -.") { Cluster, Account, Admission };
        rbac.SetAction(RunAsync);
        return rbac;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (await ConfigCommand.FindClusterAsync(parsed, parsed.GetRequiredValue(Cluster)) is not var (documents, cluster))
            return CommandRunner.Refused;
        var account = parsed.GetRequiredValue(Account).Split('/');
        var gateway = ConfigCommand.GatewayNameOf(parsed);
        var admission = parsed.GetValue(Admission);
        IReadOnlyList<OwnRight> rights = [.. OwnRights.Of(documents, cluster), .. admission ? OwnRights.ToLook(gateway) : []];
        Console.Write(OwnRightsManifest.Write(rights, account[0], account[1], gateway, admission));
        return 0;
    }
}
