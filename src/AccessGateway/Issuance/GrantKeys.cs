namespace AccessGateway.Issuance;

using System.Security.Cryptography;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>The one key of a grant: the first that is used. Who takes over a login has no key yet, and needs the person's MFA for one.</summary>
internal sealed class GrantKeys(GatewayDbContext db, StepUps stepUps, AuditLog audit)
{
    private static readonly Refusal ForMachines = new Refusal.Forbidden(
        "The grant belongs to another key. A machine cannot replace it: give the grant back and activate a new one.", ProblemCodes.NotForMachines);

    private static readonly Refusal Meanwhile = new Refusal.Conflict("The grant ended, or got another key, in the meantime.");

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public static string Of(CheckedCsr csr) => Convert.ToHexStringLower(SHA256.HashData(csr.SubjectPublicKeyInfo.Span));

    /// <summary>What another key than the grant's needs.</summary>
    public async Task<Refusal> DemandAsync(Caller caller, Grant grant, CancellationToken cancellationToken)
    {
        if (caller.Machine is not null)
            return ForMachines;
        var requirement = await RequirementAsync(grant, cancellationToken);
        return new Refusal.StepUpRequired(StepUpActions.ReplaceKey(grant.Id), requirement.Methods, TimeSpan.Zero)
        {
            Detail = "The grant belongs to another key. To use it with this one, prove that it is you.",
        };
    }

    /// <summary>What keeps another key than the grant's from being signed for, as far as it can be told before: a signer is not moved by whoever has no proof.
    /// Null where nothing does.</summary>
    public async Task<Refusal?> ProblemAsync(Caller caller, Grant grant, string? proof, CancellationToken cancellationToken) => caller.Machine is not null || string.IsNullOrEmpty(proof)
        ? await DemandAsync(caller, grant, cancellationToken)
        : await stepUps.ProblemAsync(caller, StepUpActions.ReplaceKey(grant.Id), proof, await RequirementAsync(grant, cancellationToken), cancellationToken);

    /// <summary>Makes a key the grant's in place of the one it had when it was read, in the caller's transaction. Null where it did.</summary>
    public async Task<Refusal?> ReplaceAsync(Caller caller, Grant grant, string key, string proof, CancellationToken cancellationToken)
    {
        if (caller.Machine is not null)
            return ForMachines;
        var requirement = await RequirementAsync(grant, cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.ReplaceKey(grant.Id), proof, requirement, cancellationToken) is { } refusal)
            return refusal;
        var replaced = await db.Grants.Where(row => row.Id == grant.Id && row.State == GrantState.Active && row.KeySha256 == grant.KeySha256)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.KeySha256, key), cancellationToken);
        if (replaced == 0)
            return Meanwhile;
        audit.Add(AuditEvents.GrantKeyReplaced, caller.Name, grant.Subject, grant.AccessRequestId, grant.Id, grant.Cluster, ("from", grant.KeySha256), ("to", key));
        return null;
    }

    /// <summary>The factors of the request, and never an earlier step-up: that is what the thief of a login would inherit.</summary>
    private async Task<StepUpRequirement> RequirementAsync(Grant grant, CancellationToken cancellationToken)
    {
        var request = await db.AccessRequests.AsNoTracking().SingleAsync(row => row.Id == grant.AccessRequestId, cancellationToken);
        return request.StepUp with { Privileged = true };
    }
}
