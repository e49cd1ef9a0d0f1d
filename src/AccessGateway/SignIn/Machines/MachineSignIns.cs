namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Signs machines in: from who they are to a login of one access token's length.</summary>
internal sealed class MachineSignIns(GatewayDbContext db, MachineRules rules, MachineRefusals refusals, AuditLog audit, TimeProvider clock)
{
    /// <summary>A client whose assertion has been checked.</summary>
    public Task<Outcome<MachineLogin>> ClientAsync(string name, string address, CancellationToken cancellationToken) =>
        StartAsync(MachineKind.Client, name, null, clock.GetUtcNow() + OAuthServer.AccessTokenLifetime, address, cancellationToken);

    /// <summary>A ServiceAccount that its cluster stands by.</summary>
    /// <param name="tokenEnds">When its token ends: the login does not outlive it.</param>
    public Task<Outcome<MachineLogin>> ServiceAccountAsync(ServiceAccountIdentity account, DateTimeOffset tokenEnds, string address, CancellationToken cancellationToken)
    {
        var longest = clock.GetUtcNow() + OAuthServer.AccessTokenLifetime;
        return StartAsync(MachineKind.ServiceAccount, account.Id, account, tokenEnds < longest ? tokenEnds : longest, address, cancellationToken);
    }

    private async Task<Outcome<MachineLogin>> StartAsync(
        MachineKind kind, string id, ServiceAccountIdentity? account, DateTimeOffset end, string address, CancellationToken cancellationToken)
    {
        if (rules.FactsOf(kind, id) is null)
        {
            refusals.Note(new MachineClaim(Machine: null, account?.Cluster), MachineRefusal.Unnamed, address);
            return new Refusal.Forbidden($"No access policy names '{id}'.");
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await WriteLock.TakeAsync(db, WriteLock.Accounts, cancellationToken);
        var now = clock.GetUtcNow();
        var name = MachineRules.NameOf(kind, id);
        var machine = await db.Users.SingleOrDefaultAsync(row => row.Name == name, cancellationToken) ?? Add(kind, id, name, now);
        if (machine.Disabled)
        {
            refusals.Note(new MachineClaim(name, account?.Cluster), MachineRefusal.Disabled, address);
            return new Refusal.Forbidden($"'{name}' is disabled.");
        }

        machine.LastSignInAt = now;
        var login = new MachineLogin { Id = Identifier.New("ml"), UserId = machine.Id, CreatedAt = now, LastSeenAt = now, Address = address, ExpiresAt = end, ServiceAccount = account };
        db.MachineLogins.Add(login);
        audit.Add(AuditEvents.MachineSignedIn, name, concerns: name, cluster: account?.Cluster, details:
            [("login", login.Id), ("address", address), ("pod", account?.PodName), ("podUid", account?.PodUid)]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return login;
    }

    private User Add(MachineKind kind, string id, string name, DateTimeOffset now)
    {
        var machine = new User { Id = Identifier.New("us"), Name = name, Groups = [], CreatedAt = now, Machine = kind, MachineId = id };
        db.Users.Add(machine);
        audit.Add(AuditEvents.MachineAdded, AuditEvents.Gateway, concerns: name, details: ("machine", name));
        return machine;
    }
}
