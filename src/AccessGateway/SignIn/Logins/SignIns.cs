namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Signs browsers in. Name, password and code come together, so that an answer tells nothing about each.</summary>
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
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellationToken);
        if (await attempts.TakeAsync(name, user?.Id, address, cancellationToken) is { } locked)
            return locked;
        var right = await passwords.VerifyAsync(user?.PasswordHash, password, cancellationToken) && user is { Disabled: false };

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!right)
            await secondFactor.PretendAsync(user, code, cancellationToken);
        if (!right || user is null || !await secondFactor.SpendAsync(user, code, allowRecovery: true, cancellationToken))
        {
            await attempts.BlameAsync(address, cancellationToken);
            audit.Add(AuditEvents.SignInFailed, user?.Name ?? "unknown", concerns: user?.Name, details: ("address", address));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Wrong;
        }

        var login = await StartAsync(user, address, userAgent, cancellationToken);
        await attempts.ForgiveAsync(user.Name, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return login;
    }

    /// <summary>Starts a login in the caller's transaction, after whatever was needed for it. Failed attempts are forgiven by whoever has
    /// checked a code, and by nobody else: a provider's word would let its holder guess at codes without end.</summary>
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
        db.Logins.Add(login);
        await db.Users.Where(row => row.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastSignInAt, now), cancellationToken);
        audit.Add(AuditEvents.SignedIn, user.Name, concerns: user.Name, details: [("address", address), ("provider", provider)]);
        await db.SaveChangesAsync(cancellationToken);
        return login;
    }
}
