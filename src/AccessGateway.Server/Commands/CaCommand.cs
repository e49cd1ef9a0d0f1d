namespace AccessGateway.Server.Commands;

using System.CommandLine;
using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Documents;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The CAs that the gateway signs with. Works before the cluster is registered: it must trust the CA first.</summary>
internal static class CaCommand
{
    private static readonly Argument<string> Cluster = new("cluster") { Description = "The cluster's name." };

    public static Command Create()
    {
        var init = new Command("init", "Makes a cluster's CA, if it has none, and prints its certificate in PEM.") { Cluster };
        init.SetAction(InitAsync);
        var show = new Command("show", "Prints the certificate of a cluster's CA in PEM.") { Cluster };
        show.SetAction(ShowAsync);
        return new Command("ca", "The CAs of clusters with the signer localCa.") { init, show };
    }

    private static async Task<int> InitAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var cluster = parsed.GetRequiredValue(Cluster);
        if (Names.LabelProblem(cluster) is { } problem)
            return await CommandRunner.RefuseAsync(problem);
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        Console.Write(await gateway.Services.GetRequiredService<TrustAnchors>().InitAsync(AuditEvents.Console, cluster, cancellationToken));
        return 0;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var cluster = parsed.GetRequiredValue(Cluster);
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        if (await gateway.Services.GetRequiredService<TrustAnchors>().ShowAsync(cluster, cancellationToken) is not { } certificate)
            return await CommandRunner.RefuseAsync($"There is no CA for cluster '{cluster}'; make one with: access-gateway ca init {cluster}");
        Console.Write(certificate);
        return 0;
    }
}
