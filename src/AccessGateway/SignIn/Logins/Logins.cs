namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Where people are signed in: which logins count, and ending them. What ends here is refused by every replica at its next
/// request, because each request asks for its login.</summary>
internal sealed class Logins(GatewayDbContext db, LoginLimits limits, OAuthEntries oauth, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("There is no such login, or it has ended.");

    /// <summary>One's own current logins, the last used first.</summary>
    public Task<List<Login>> ListAsync(Caller caller, CancellationToken cancellationToken) => CurrentAsync(caller.UserId, cancellationToken);

    /// <summary>Somebody's current logins, for an administrator.</summary>
    /// <param name="machine">Whether the name is a machine's.</param>
    public async Task<Outcome<List<Login>>> ListOfAsync(Caller caller, string userName, CancellationToken cancellationToken, bool machine = false)
    {
        var found = await FindUserAsync(caller, userName, machine, cancellationToken);
        return found.Is(out var user, out var refusal) ? await CurrentAsync(user.Id, cancellationToken) : refusal;
    }

    /// <summary>Ends one of one's own logins. Null where it has ended now.</summary>
    public async Task<Refusal?> EndAsync(Caller caller, string loginId, string why, CancellationToken cancellationToken) =>
        await EndAsync(db.Logins.Where(row => row.Id == loginId && row.UserId == caller.UserId), caller.Name, caller.Name, why, cancellationToken) == 1 ? null : Unknown;

    /// <summary>Ends one of somebody's logins, for an administrator. Null where it has ended now.</summary>
    /// <param name="machine">Whether the name is a machine's.</param>
    public async Task<Refusal?> EndOfAsync(Caller caller, string userName, string loginId, CancellationToken cancellationToken, bool machine = false)
    {
        if (!(await FindUserAsync(caller, userName, machine, cancellationToken)).Is(out var user, out var refusal))
            return refusal;
        var ended = await EndAsync(db.Logins.Where(row => row.Id == loginId && row.UserId == user.Id), caller.Name, user.Name, LoginEnd.Administrator, cancellationToken);
        return ended == 1 ? null : Unknown;
    }

    /// <summary>Ends all of one's own logins but one; returns how many that were.</summary>
    public Task<int> EndOthersAsync(Caller caller, string? keep, CancellationToken cancellationToken) =>
        EndAsync(db.Logins.Where(row => row.UserId == caller.UserId && row.Id != keep), caller.Name, caller.Name, LoginEnd.Owner, cancellationToken);

    /// <summary>Ends all logins of a user; joins the caller's transaction where there is one.</summary>
    public Task<int> EndAllAsync(User user, string actor, string why, CancellationToken cancellationToken) =>
        EndAsync(db.Logins.Where(row => row.UserId == user.Id), actor, user.Name, why, cancellationToken);

    /// <summary>Ends a login whose code or refresh token came twice, whoever brought it.</summary>
    public async Task EndReusedAsync(string loginId, CancellationToken cancellationToken)
    {
        var owner = await db.Logins.Where(row => row.Id == loginId).Join(db.Users, row => row.UserId, user => user.Id, (_, user) => user.Name).SingleOrDefaultAsync(cancellationToken);
        if (owner is not null)
            await EndAsync(db.Logins.Where(row => row.Id == loginId), AuditEvents.Gateway, owner, LoginEnd.Reuse, cancellationToken);
    }

    /// <summary>Ends logins of machines whose pod or ServiceAccount is gone, in the caller's transaction.</summary>
    public Task<int> EndGoneAsync(IReadOnlyList<string> loginIds, string why, CancellationToken cancellationToken) => EndAsync(
        db.MachineLogins.Where(row => loginIds.Contains(row.Id)), AuditEvents.Gateway, owner: null, why, cancellationToken);

    private async Task<int> EndAsync(IQueryable<Login> which, string actor, string? owner, string why, CancellationToken cancellationToken)
    {
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
        var now = clock.GetUtcNow();
        var ended = 0;
        foreach (var login in await which.AsNoTracking().Where(row => row.EndedAt == null).ToListAsync(cancellationToken))
        {
            if (await db.Logins.Where(row => row.Id == login.Id && row.EndedAt == null).ExecuteUpdateAsync(set => set.SetProperty(row => row.EndedAt, now), cancellationToken) == 0)
                continue;
            ended++;
            audit.Add(EventOf(login), actor, concerns: owner ?? await NameOfAsync(login.UserId, cancellationToken), details: [("login", login.Id), ("why", why)]);
            if (login is PluginLogin { AuthorizationId: { } authorization })
                await oauth.RevokeAsync(authorization, cancellationToken);
        }

        await db.SaveChangesAsync(cancellationToken);
        if (transaction is not null)
            await transaction.CommitAsync(cancellationToken);
        return ended;
    }

    private Task<string> NameOfAsync(string userId, CancellationToken cancellationToken) =>
        db.Users.Where(user => user.Id == userId).Select(user => user.Name).SingleAsync(cancellationToken);

    private static string EventOf(Login login) => login switch
    {
        PluginLogin => AuditEvents.LoginEnded,
        MachineLogin => AuditEvents.MachineLoginEnded,
        _ => AuditEvents.SignedOut,
    };

    private async Task<List<Login>> CurrentAsync(string userId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.Logins.AsNoTracking().Where(row => row.UserId == userId && row.EndedAt == null).ToListAsync(cancellationToken);
        return [.. open
            .Where(login => limits.Allow(login, now) && login is not PluginLogin { AuthorizationId: null })
            .OrderByDescending(login => login.LastSeenAt).ThenByDescending(login => login.Id, StringComparer.Ordinal)];
    }

    private async Task<Outcome<User>> FindUserAsync(Caller caller, string name, bool machine, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Name == name && (user.Machine != null) == machine, cancellationToken) is { } user ? user
            : machine ? MachineDirectory.Unknown(name)
            : Users.Unknown(name);
    }
}
