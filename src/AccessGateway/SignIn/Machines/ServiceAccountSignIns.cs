namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;

/// <summary>Signs ServiceAccounts in, by a token that their own cluster checks.</summary>
internal sealed class ServiceAccountSignIns(MachineSignIns machines, MachineRules rules, IServiceAccounts accounts, MachineRefusals refusals, TimeProvider clock)
{
    private static readonly Refusal NoToken = new Refusal.Forbidden(
        $"This is no ServiceAccount's token for the audience '{OAuth.ServiceAccountAudience}' that counts now.");

    /// <param name="cluster">The registered cluster that issued the token: issuers do not tell clusters apart.</param>
    public async Task<Outcome<MachineLogin>> SignInAsync(string? cluster, string? token, string address, CancellationToken cancellationToken)
    {
        var read = ServiceAccountToken.TryRead(token);
        var claim = rules.ClaimOf(cluster, read);
        // What cannot be good is refused here: nobody makes the gateway ask a cluster about nonsense.
        if (read is null || read.Ends <= clock.GetUtcNow() || string.IsNullOrEmpty(cluster) || Names.LabelProblem(cluster) is not null)
        {
            refusals.Note(claim, MachineRefusal.NoToken, address);
            return NoToken;
        }

        if (!(await accounts.ReviewAsync(cluster, token!, cancellationToken)).Is(out var account, out var refusal))
        {
            // A cluster that cannot say anything has refused nobody.
            if (refusal is Refusal.Forbidden)
                refusals.Note(claim, claim.Cluster is null ? MachineRefusal.UnknownCluster : MachineRefusal.ClusterRefused, address);
            return refusal;
        }

        return await machines.ServiceAccountAsync(account, read.Ends, address, cancellationToken);
    }
}
