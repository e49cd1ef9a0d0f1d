namespace AccessGateway.Issuance;

using AccessGateway.Audit;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>The one caller of signers: makes a leaf for an active grant. Of the CSR it takes the public key.</summary>
internal sealed class LeafIssuer(GatewayDbContext db, Grants grants, GatewayDocuments documents, Signers signers, AuditLog audit, TimeProvider clock)
{
    /// <summary>For clocks that are a little behind; before the grant's own beginning too, which its binding guards.</summary>
    private static readonly TimeSpan Backdate = TimeSpan.FromSeconds(60);

    /// <summary>Signs a leaf for the caller's own active grant; it ends with the grant at the latest.</summary>
    public async Task<Outcome<CredentialResponse>> IssueAsync(Caller caller, string grantId, CredentialRequest asked, CancellationToken cancellationToken)
    {
        var found = await grants.FindAsync(caller, grantId, cancellationToken);
        if (!found.Is(out var grant, out var unknown))
            return unknown;
        if (grant.HolderId != caller.UserId)
            return new Refusal.Forbidden("Only its holder gets credentials of a grant.");
        var read = CheckedCsr.Read(asked.Csr);
        if (read is not CsrResult.Accepted { Csr: var csr })
            return RefusedCsr(read);

        var now = clock.GetUtcNow();
        if (!grant.IsActiveAt(now))
            return grant.Over(now);
        if (documents.Cluster(grant.Cluster) is not { } cluster)
            return new Refusal.Conflict($"The cluster '{grant.Cluster}' is not registered any more.");

        // The cluster's own signer chooses the lifetime within what it is asked for: there the grant alone is the limit.
        var end = cluster.Signer is SignerDefinition.KubernetesCsr ? grant.NotAfter : now + cluster.LeafLifetime;
        var template = new LeafTemplate(grant.Subject, grant.Group, now - Backdate, end < grant.NotAfter ? end : grant.NotAfter);
        var outcome = await SignAsync(cluster, csr, template, now, cancellationToken);
        return outcome.Is(out var leaf, out var refusal) ? await HandOutAsync(caller, grant, cluster, leaf, now, cancellationToken) : refusal;
    }

    private async Task<Outcome<Leaf>> SignAsync(ClusterDefinition cluster, CheckedCsr csr, LeafTemplate template, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var signer = await signers.ForAsync(cluster, cancellationToken);
            if (signer is KubernetesCsrSigner && KubernetesCsrSigner.Problem(csr, template, now) is { } problem)
                return problem;
            var leaf = await signer.SignAsync(csr, template, cancellationToken);
            return leaf.Mismatch(csr, template) is { } mismatch
                ? new Refusal.ClusterFailed($"The signer of cluster '{cluster.Name}' returned another certificate than was asked for: {mismatch}")
                : leaf;
        }
        catch (SignerException e)
        {
            return new Refusal.ClusterFailed($"The signer of cluster '{cluster.Name}' failed: {e.Message}");
        }
    }

    /// <summary>Writes the leaf down, if the grant is still active at this moment, and only then lets it out of the house (I3).</summary>
    private async Task<Outcome<CredentialResponse>> HandOutAsync(Caller caller, Grant grant, ClusterDefinition cluster, Leaf leaf, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var active = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.NotAfter > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Leaves, row => row.Leaves + 1), cancellationToken);
        if (active == 0)
            return (await db.Grants.AsNoTracking().SingleAsync(row => row.Id == grant.Id, cancellationToken)).Over(now);
        db.Leaves.Add(new IssuedLeaf
        {
            Cluster = cluster.Name,
            Serial = leaf.Serial,
            GrantId = grant.Id,
            Sha256 = leaf.Sha256,
            NotAfter = leaf.NotAfter,
            IssuedAt = now,
        });
        audit.Add(
            AuditEvents.LeafIssued, caller.Name, grant.Subject, grant.AccessRequestId, grant.Id, cluster.Name,
            ("serial", leaf.Serial), ("sha256", leaf.Sha256), ("notAfter", leaf.NotAfter.ToString("O")));
        await db.SaveChangesAsync(cancellationToken);
        Failpoint.Reach("issue.before-commit");
        await transaction.CommitAsync(cancellationToken);
        Failpoint.Reach("issue.after-commit");
        return new CredentialResponse(leaf.Pem, leaf.NotAfter, cluster.Server.ToString().TrimEnd('/'), cluster.CertificateAuthority);
    }

    private static Refusal.Invalid RefusedCsr(CsrResult result)
    {
        var reason = result is CsrResult.Refused refused ? refused.Reason : "not acceptable.";
        return new Refusal.Invalid(reason, new Dictionary<string, string[]> { ["csr"] = [reason] }, ProblemCodes.CsrRefused);
    }
}
