namespace AccessGateway.Clusters;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using k8s;
using Microsoft.Extensions.Options;

/// <summary>
/// Looks at the way to a cluster, and then at the cluster from every side at once, each side within its own time, so that what one of them
/// finds does not depend on another. Where the API server is not reached at all, that alone is told.
/// </summary>
internal sealed class ClusterProbes(ClusterConnections connections, RightsProbe rights, SignerProbe signer, ProbeBounds bounds, IOptions<GatewayOptions> options)
{
    /// <param name="issue">Whether a cluster that signs itself is asked for a certificate.</param>
    public async Task<ClusterChecksView> RunAsync(GatewayDocuments documents, ClusterDefinition cluster, bool issue)
    {
        var began = bounds.Clock.GetUtcNow();
        var findings = await bounds.RunAsync([ClusterCheckNames.Server, ClusterCheckNames.ServerCertificate], async token =>
        {
            var (server, certificate) = await TlsCheck.ProbeAsync(cluster, bounds.Clock.GetUtcNow(), token);
            return [server, certificate];
        }, late: () => [TlsCheck.Unreached(cluster.Server.DnsSafeHost, cluster.Server.Port, $"no answer within {ProbeBounds.Patience.TotalSeconds:0} s"), TlsCheck.NotSeen()]);
        if (findings[0].Outcome == CheckOutcome.Ok)
            findings = [.. findings, .. await BehindAsync(documents, cluster, issue)];
        IReadOnlyList<ClusterCheckView> all = [.. ClusterCheckNames.All.Select(name => findings.FirstOrDefault(finding => finding.Check == name) ?? Checked.Unknown(name, "not looked at: the API server is not reached"))];
        return new ClusterChecksView(cluster.Name, all.Max(finding => finding.Outcome), began, all);
    }

    /// <summary>What needs an API server that answers, and knows the gateway.</summary>
    private async Task<IReadOnlyList<ClusterCheckView>> BehindAsync(GatewayDocuments documents, ClusterDefinition cluster, bool issue)
    {
        var kubernetes = connections.For(cluster.Name);
        var (version, self, gateway) = ((Version?)null, (OwnIdentity?)null, options.Value.Name);
        var answers = bounds.RunAsync([ClusterCheckNames.Version, ClusterCheckNames.Latency, ClusterCheckNames.Clock], async token =>
        {
            (version, var found) = await AnswerAsync(kubernetes, cluster, token);
            return found;
        });
        var identity = bounds.RunAsync([ClusterCheckNames.Identity], async token =>
        {
            (var finding, self) = await IdentityProbe.ProbeAsync(kubernetes, cluster, token);
            return [finding];
        });
        var signs = bounds.RunAsync([ClusterCheckNames.Signer], token => Task.Run(async () => One(await signer.ProbeAsync(cluster, issue, token)), token));
        var left = bounds.RunAsync([ClusterCheckNames.Leftovers], async token => [await LeftoverProbe.ProbeAsync(kubernetes, gateway, token)]);
        await Task.WhenAll(answers, identity);
        var who = self ?? new OwnIdentity(null, []);
        var held = bounds.RunAsync([ClusterCheckNames.Rights, ClusterCheckNames.ExcessRights], token => rights.ProbeAsync(cluster, OwnRights.Of(documents, cluster), OwnRights.ToLook(gateway), who, token));
        var admission = bounds.RunAsync([ClusterCheckNames.AdmissionPolicy], async token => [await AdmissionProbe.ProbeAsync(kubernetes, version, cluster.Name, gateway, who, token)]);
        return [.. (await Task.WhenAll(answers, identity, held, signs, admission, left)).SelectMany(findings => findings)];
    }

    private async Task<(Version? Version, IReadOnlyList<ClusterCheckView> Found)> AnswerAsync(IKubernetes kubernetes, ClusterDefinition cluster, CancellationToken cancellationToken)
    {
        // The first call of a client also makes its connection, whose time is not the API server's.
        (await kubernetes.Version.GetCodeWithHttpMessagesAsync(cancellationToken: cancellationToken)).Dispose();
        var (asked, began) = (bounds.Clock.GetUtcNow(), bounds.Clock.GetTimestamp());
        using var answer = await kubernetes.Version.GetCodeWithHttpMessagesAsync(cancellationToken: cancellationToken);
        var took = bounds.Clock.GetElapsedTime(began);
        var version = AnswerChecks.Read(answer.Body.Major, answer.Body.Minor);
        return (version, [AnswerChecks.OfVersion(version, answer.Body.GitVersion, cluster.Signer), AnswerChecks.OfLatency(took), AnswerChecks.OfClock(answer.Response.Headers.Date, asked, took)]);
    }

    private static IReadOnlyList<ClusterCheckView> One(ClusterCheckView finding) => [finding];
}
