namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Signs browsers in and out. Name, password and code come together, so that an answer tells nothing about each.</summary>
internal sealed class SignIns(GatewayDbContext db, Passwords passwords, SecondFactor secondFactor, AttemptLimit attempts, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Wrong = new Refusal.Forbidden("Name, password and code do not belong together, or the code was used before.", ProblemCodes.StepUpFailed);

    public async Task<Outcome<BrowserLogin>> SignInAsync(string name, string password, string code, string address, string userAgent, CancellationToken cancellationToken)
    {
        if (!passwords.Allowed)
            return new Refusal.Forbidden("Passwords do not sign in here. Use your provider.");
        name = name.Trim().ToLowerInvariant();
        if (Documents.Names.PersonProblem(name) is not null)
            name = "-";
        if (await attempts.TakeAsync(name, cancellationToken) is { } locked)
            return locked;

        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellationToken);
        var right = passwords.Verify(user?.PasswordHash, password) && user is { Disabled: false };

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!right || user is null || !await secondFactor.SpendAsync(user, code.Trim(), allowRecovery: true, cancellationToken))
        {
            audit.Add(AuditEvents.SignInFailed, user?.Name ?? "unknown", concerns: user?.Name, details: ("address", address));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Wrong;
        }

        var login = await StartAsync(user, address, userAgent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return login;
    }

    /// <summary>Ends one of the user's own logins; silently where it has ended.</summary>
    public async Task SignOutAsync(Caller caller, string loginId, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var ended = await db.BrowserLogins.Where(login => login.Id == loginId && login.UserId == caller.UserId && login.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(login => login.EndedAt, clock.GetUtcNow()), cancellationToken);
        if (ended == 0)
            return;
        audit.Add(AuditEvents.SignedOut, caller.Name, concerns: caller.Name);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Whether a cookie's login still counts: not ended, not idle or old beyond the limits, its user not disabled.</summary>
    public async Task<bool> IsCurrentAsync(string loginId, string userId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var idleSince = now - BrowserLogin.IdleLimit;
        var bornAfter = now - BrowserLogin.AbsoluteLimit;
        var lastSeen = await db.BrowserLogins.AsNoTracking()
            .Where(login => login.Id == loginId && login.UserId == userId && login.EndedAt == null && login.LastSeenAt > idleSince && login.CreatedAt > bornAfter)
            .Where(login => db.Users.Any(user => user.Id == login.UserId && !user.Disabled))
            .Select(login => (DateTimeOffset?)login.LastSeenAt)
            .SingleOrDefaultAsync(cancellationToken);
        if (lastSeen < now - BrowserLogin.SeenGranularity)
            await db.BrowserLogins.Where(login => login.Id == loginId).ExecuteUpdateAsync(set => set.SetProperty(login => login.LastSeenAt, now), cancellationToken);
        return lastSeen is not null;
    }

    /// <summary>Starts a login in the caller's transaction, after whatever was needed for it.</summary>
    /// <param name="provider">The provider that named the user; null where a password did.</param>
    public async Task<BrowserLogin> StartAsync(User user, string address, string userAgent, CancellationToken cancellationToken, string? provider = null)
    {
        var now = clock.GetUtcNow();
        var login = new BrowserLogin
        {
            Id = Identifier.New("bl"),
            UserId = user.Id,
            CreatedAt = now,
            LastSeenAt = now,
            Address = address,
            UserAgent = userAgent.Length <= 200 ? userAgent : userAgent[..200],
        };
        db.BrowserLogins.Add(login);
        audit.Add(AuditEvents.SignedIn, user.Name, concerns: user.Name, details: [("address", address), ("provider", provider)]);
        await attempts.ForgiveAsync(user.Name, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        return login;
    }
}
