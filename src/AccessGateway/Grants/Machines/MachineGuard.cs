namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

/// <summary>
/// Takes from machines what they must not have any more: everything, where no document names the machine; what came through a pod,
/// where the pod or its ServiceAccount is gone. Several gateways at once end each thing once.
/// </summary>
internal sealed class MachineGuard(
    GatewayDbContext db, MachineRules rules, IServiceAccounts accounts, Logins logins, HeldAccess held, IOptions<MachineOptions> options, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await EndUnnamedAsync(cancellationToken);
        await EndGoneAsync(cancellationToken);
    }

    private async Task EndUnnamedAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var holders = await db.Users.AsNoTracking().Where(user => user.Machine != null)
            .Where(user => db.Logins.Any(login => login.UserId == user.Id && login.EndedAt == null)
                || db.Grants.Any(grant => grant.HolderId == user.Id && grant.State == GrantState.Active && grant.NotAfter > now)
                || db.AccessRequests.Where(AccessRequest.IsOpen).Any(request => request.RequesterId == user.Id && request.ExpiresAt > now))
            .ToListAsync(cancellationToken);
        foreach (var machine in holders.Where(machine => rules.FactsOf(machine) is null))
        {
            IReadOnlyList<string> grants;
            await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
            {
                await logins.EndAllAsync(machine, AuditEvents.Gateway, LoginEnd.Unnamed, cancellationToken);
                grants = await held.EndAsync(machine, AuditEvents.Gateway, cancellationToken, LoginEnd.Unnamed);
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }

            db.ChangeTracker.Clear();
            await held.UnbindAsync(grants);
        }
    }

    private async Task EndGoneAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tied = await db.MachineGrants.AsNoTracking()
            .Join(db.Grants.AsNoTracking().Where(grant => grant.State == GrantState.Active && grant.NotAfter > now), tie => tie.GrantId, grant => grant.Id, (tie, grant) => new { tie, grant })
            .ToListAsync(cancellationToken);
        var ids = tied.Select(pair => pair.tie.LoginId).Distinct().ToList();
        var seen = await db.MachineLogins.AsNoTracking()
            .Where(login => ids.Contains(login.Id) || (login.EndedAt == null && login.ExpiresAt > now))
            .ToListAsync(cancellationToken);
        foreach (var (account, presence) in await LookAsync(seen.Select(login => login.ServiceAccount), cancellationToken))
        {
            var through = seen.Where(login => login.ServiceAccount == account).ToList();
            var grants = tied.Where(pair => through.Exists(login => login.Id == pair.tie.LoginId)).ToList();
            if (presence is Presence.Present)
                await ConfirmAsync([.. grants.Select(pair => pair.grant.Id)], now, cancellationToken);
            else if (presence is Presence.Gone gone)
                await EndAsync([.. grants.Select(pair => pair.grant)], through, gone.Why, cancellationToken);
            else if (presence is Presence.Unknown unknown)
                await EndAsync([.. grants.Where(pair => pair.tie.ConfirmedAt + options.Value.UnconfirmedTime <= now).Select(pair => pair.grant)], [], unknown.Why, cancellationToken);
        }
    }

    /// <summary>One look at each; clusters beside each other, so that one that does not answer delays no other.</summary>
    private async Task<List<(ServiceAccountIdentity Account, Presence Presence)>> LookAsync(IEnumerable<ServiceAccountIdentity?> which, CancellationToken cancellationToken)
    {
        var looks = which.OfType<ServiceAccountIdentity>().Distinct().GroupBy(account => account.Cluster).Select(async cluster =>
        {
            var found = new List<(ServiceAccountIdentity, Presence)>();
            foreach (var account in cluster)
                found.Add((account, await accounts.LookAsync(account, cancellationToken)));
            return found;
        });
        return [.. (await Task.WhenAll(looks)).SelectMany(found => found)];
    }

    private Task ConfirmAsync(IReadOnlyList<string> grantIds, DateTimeOffset now, CancellationToken cancellationToken) => grantIds.Count == 0
        ? Task.CompletedTask
        : db.MachineGrants.Where(row => grantIds.Contains(row.GrantId)).ExecuteUpdateAsync(set => set.SetProperty(row => row.ConfirmedAt, now), cancellationToken);

    private async Task EndAsync(IReadOnlyList<Grant> grants, IReadOnlyList<MachineLogin> through, string why, CancellationToken cancellationToken)
    {
        if (grants.Count == 0 && through.All(login => login.EndedAt is not null))
            return;
        var ended = new List<string>();
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            foreach (var grant in grants)
            {
                if (await held.EndAsync(grant, AuditEvents.Gateway, why, cancellationToken))
                    ended.Add(grant.Id);
            }

            await logins.EndGoneAsync([.. through.Select(login => login.Id)], why, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        db.ChangeTracker.Clear();
        await held.UnbindAsync(ended);
    }
}
