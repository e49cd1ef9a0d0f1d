namespace AccessGateway.Issuance;

using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Grants;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>The one caller of signers: makes a leaf for an active grant. Of the CSR it takes the public key.</summary>
internal sealed class LeafIssuer(GrantReads grants, GatewayDocuments documents, Signers signers, LeafRecords records, TimeProvider clock)
{
    /// <summary>For clocks that are a little behind; before the grant's own beginning too, which its binding guards.</summary>
    private static readonly TimeSpan Backdate = TimeSpan.FromSeconds(60);

    /// <summary>Leaves that one grant gets: a plugin needs some hundreds for the longest grant. Who holds one fills neither the database nor the audit log with it.</summary>
    private const int Most = 10_000;

    /// <summary>Signs a leaf for the caller's own active grant; it ends with the grant at the latest.</summary>
    /// <param name="proof">A step-up proof for <c>key:{id}</c>, where the CSR's key is not the grant's.</param>
    public async Task<Outcome<CredentialResponse>> IssueAsync(Caller caller, string grantId, CredentialRequest asked, string? proof, CancellationToken cancellationToken)
    {
        var found = await grants.FindAsync(caller, grantId);
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
        if (grant.Leaves >= Most)
            return new Refusal.Conflict($"The grant has had {grant.Leaves} certificates, and gets no more. Use the last one until it ends, or ask for a new grant.");
        var key = GrantKeys.Of(csr);
        if (await records.KeyProblemAsync(caller, grant, key, proof, cancellationToken) is { } otherKey)
            return otherKey;
        if (documents.Cluster(grant.Cluster) is not { } cluster)
            return new Refusal.Conflict($"The cluster '{grant.Cluster}' is not registered any more.");

        // The cluster's own signer chooses the lifetime within what it is asked for: there the grant alone is the limit.
        var end = cluster.Signer is SignerDefinition.KubernetesCsr ? grant.NotAfter : now + cluster.LeafLifetime;
        var template = new LeafTemplate(grant.Subject, grant.Group, now - Backdate, end < grant.NotAfter ? end : grant.NotAfter);
        var outcome = await SignAsync(cluster, csr, template, now, cancellationToken);
        if (!outcome.Is(out var leaf, out var refusal))
            return refusal;
        // Only what is written down is let out of the house (I3).
        return await records.WriteAsync(caller, new LeafEntry(grant, leaf, key, now), proof, cancellationToken) is { } unwritten
            ? unwritten
            : new CredentialResponse(leaf.Pem, leaf.NotAfter, cluster.Server.ToString().TrimEnd('/'), cluster.CertificateAuthority)
            {
                RenewAfter = cluster.Signer is SignerDefinition.KubernetesCsr ? KubernetesCsrSigner.RenewAfter(leaf.NotAfter, grant.NotAfter, now) : null,
            };
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

    private static Refusal.Invalid RefusedCsr(CsrResult result)
    {
        var reason = result is CsrResult.Refused refused ? refused.Reason : "not acceptable.";
        return new Refusal.Invalid(reason, new Dictionary<string, string[]> { ["csr"] = [reason] }, ProblemCodes.CsrRefused);
    }
}
