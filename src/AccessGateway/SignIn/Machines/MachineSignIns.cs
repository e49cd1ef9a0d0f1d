namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Policy;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;

/// <summary>Signs machines in: from a proof of who they are to a login of one access token's length.</summary>
internal sealed class MachineSignIns(GatewayDbContext db, MachineRules rules, IServiceAccounts accounts, AuditLog audit, TimeProvider clock)
{
    public const int MaxTokenLength = 8192;

    private static readonly Refusal NoToken = new Refusal.Forbidden(
        $"This is no ServiceAccount's token for the audience '{OAuth.ServiceAccountAudience}' that counts now.");

    /// <summary>A client whose assertion has been checked.</summary>
    public Task<Outcome<MachineLogin>> ClientAsync(string name, string address, CancellationToken cancellationToken) =>
        StartAsync(MachineKind.Client, name, null, clock.GetUtcNow() + OAuthServer.AccessTokenLifetime, address, cancellationToken);

    /// <summary>A ServiceAccount, by a token that its own cluster checks.</summary>
    /// <param name="cluster">The registered cluster that issued the token: issuers do not tell clusters apart.</param>
    public async Task<Outcome<MachineLogin>> ServiceAccountAsync(string? cluster, string? token, string address, CancellationToken cancellationToken)
    {
        // What cannot be good is refused here: nobody makes the gateway ask a cluster about nonsense.
        if (Ends(token) is not { } end || end <= clock.GetUtcNow() || string.IsNullOrEmpty(cluster) || Documents.Names.LabelProblem(cluster) is not null)
            return NoToken;
        if (!(await accounts.ReviewAsync(cluster, token!, cancellationToken)).Is(out var account, out var refusal))
            return refusal;
        var longest = clock.GetUtcNow() + OAuthServer.AccessTokenLifetime;
        return await StartAsync(MachineKind.ServiceAccount, account.Id, account, end < longest ? end : longest, address, cancellationToken);
    }

    private async Task<Outcome<MachineLogin>> StartAsync(
        MachineKind kind, string id, ServiceAccountIdentity? account, DateTimeOffset end, string address, CancellationToken cancellationToken)
    {
        if (rules.FactsOf(kind, id) is null)
            return new Refusal.Forbidden($"No access policy names '{id}'.");
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await WriteLock.TakeAsync(db, WriteLock.Accounts, cancellationToken);
        var now = clock.GetUtcNow();
        var name = MachineRules.NameOf(kind, id);
        var machine = await db.Users.SingleOrDefaultAsync(row => row.Name == name, cancellationToken) ?? Add(kind, id, name, now);
        if (machine.Disabled)
            return new Refusal.Forbidden($"'{name}' is disabled.");
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

    /// <summary>When a ServiceAccount's token for us ends, as it says itself; null where it is none. The cluster checks whether that is true.</summary>
    private static DateTimeOffset? Ends(string? token)
    {
        if (token is not { Length: > 0 and <= MaxTokenLength })
            return null;
        try
        {
            var read = new JsonWebToken(token);
            return read.Audiences.Contains(OAuth.ServiceAccountAudience) && read.Subject.StartsWith("system:serviceaccount:", StringComparison.Ordinal)
                && read.TryGetPayloadValue<long>("exp", out var seconds) && seconds is > 0 and < 253402300799
                    ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                    : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
