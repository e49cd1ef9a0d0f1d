namespace AccessGateway.Grants;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>What activation asks of a machine in a step-up's place: that the pod which asks is there at this moment.</summary>
internal sealed class MachineGrants(GatewayDbContext db, IServiceAccounts accounts, TimeProvider clock)
{
    /// <summary>Null for people, for clients, and for a ServiceAccount whose cluster says that it and its pod are there.</summary>
    public async Task<Refusal?> ProblemAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Machine is null || await AccountOfAsync(caller, cancellationToken) is not { } account)
            return null;
        return await accounts.LookAsync(account, cancellationToken) switch
        {
            Presence.Present => null,
            Presence.Gone gone => new Refusal.Forbidden($"Nobody is there to use it: {gone.Why}."),
            Presence.Unknown unknown => new Refusal.ClusterFailed($"{char.ToUpperInvariant(unknown.Why[0])}{unknown.Why[1..]}."),
            _ => new Refusal.Unavailable("The cluster gave no answer."),
        };
    }

    /// <summary>Ties a new grant to the caller's pod, in the caller's unit of work.</summary>
    public async Task TieAsync(Grant grant, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Machine is not null && await AccountOfAsync(caller, cancellationToken) is not null)
            db.MachineGrants.Add(new MachineGrant { GrantId = grant.Id, LoginId = caller.LoginId, ConfirmedAt = clock.GetUtcNow() });
    }

    private async Task<ServiceAccountIdentity?> AccountOfAsync(Caller caller, CancellationToken cancellationToken) =>
        (await db.MachineLogins.AsNoTracking().SingleAsync(row => row.Id == caller.LoginId && row.UserId == caller.UserId, cancellationToken)).ServiceAccount;
}
