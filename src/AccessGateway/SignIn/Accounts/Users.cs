namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Accounts, as administrators and the server's command line manage them.</summary>
internal sealed class Users(GatewayDbContext db, Enrolments enrolments, AuditLog audit, TimeProvider clock)
{
    /// <summary>Adds a user; returns the secret of the enrolment link.</summary>
    public async Task<Outcome<string>> AddAsync(string actor, string name, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        if (Names.PersonProblem(name) is { } problem)
            return new Refusal.Invalid("name", problem);
        if (groups.Select(Names.PersonProblem).FirstOrDefault(text => text is not null) is { } groupProblem)
            return new Refusal.Invalid("groups", groupProblem);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Users.AnyAsync(user => user.Name == name, cancellationToken))
            return new Refusal.Conflict($"There is a user '{name}' already. For a new enrolment link use reset-mfa.");
        var user = new User { Id = Identifier.New("us"), Name = name, Groups = [.. groups.Distinct(StringComparer.Ordinal)], CreatedAt = clock.GetUtcNow() };
        db.Users.Add(user);
        var secret = await enrolments.AddAsync(user, cancellationToken);
        audit.Add(AuditEvents.UserAdded, actor, concerns: name, details: [("user", name), ("groups", string.Join(",", user.Groups))]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return secret;
    }

    public async Task<IReadOnlyList<User>> ListAsync(CancellationToken cancellationToken) =>
        await db.Users.AsNoTracking().OrderBy(user => user.Name).ToListAsync(cancellationToken);

    public Task<bool> AnyAsync(CancellationToken cancellationToken) => db.Users.AnyAsync(cancellationToken);

    /// <summary>Disables or enables. The last administrator who could sign in cannot be disabled.</summary>
    public async Task<Outcome<User>> SetDisabledAsync(string actor, string name, bool disabled, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await FindAsync(name, cancellationToken) is not { } user)
            return Unknown(name);
        if (disabled && await IsLastAdministratorAsync(user, cancellationToken))
            return new Refusal.Conflict($"'{name}' is the last administrator who can sign in.");
        user.Disabled = disabled;
        audit.Add(disabled ? AuditEvents.UserDisabled : AuditEvents.UserEnabled, actor, concerns: name, details: ("user", name));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }

    public async Task<Outcome<User>> SetGroupsAsync(string actor, string name, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        if (groups.Select(Names.PersonProblem).FirstOrDefault(text => text is not null) is { } problem)
            return new Refusal.Invalid("groups", problem);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await FindAsync(name, cancellationToken) is not { } user)
            return Unknown(name);
        if (!groups.Contains(Groups.Administrators) && !user.ProviderGroups.Contains(Groups.Administrators) && await IsLastAdministratorAsync(user, cancellationToken))
            return new Refusal.Conflict($"'{name}' is the last administrator who can sign in.");
        user.Groups = [.. groups.Distinct(StringComparer.Ordinal)];
        audit.Add(AuditEvents.UserGroupsChanged, actor, concerns: name, details: [("user", name), ("groups", string.Join(",", user.Groups))]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }

    /// <summary>Takes password, factors, recovery codes and browser logins away; returns the secret of a new enrolment link.</summary>
    public async Task<Outcome<string>> ResetAsync(string actor, string name, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await FindAsync(name, cancellationToken) is not { } user)
            return Unknown(name);
        user.PasswordHash = null;
        await db.TotpFactors.Where(factor => factor.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.RecoveryCodes.Where(code => code.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.FailedAttempts.Where(attempts => attempts.Name == name).ExecuteDeleteAsync(cancellationToken);
        await db.BrowserLogins.Where(login => login.UserId == user.Id && login.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(login => login.EndedAt, clock.GetUtcNow()), cancellationToken);
        var secret = await enrolments.AddAsync(user, cancellationToken);
        audit.Add(AuditEvents.UserMfaReset, actor, concerns: name, details: ("user", name));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return secret;
    }

    private Task<User?> FindAsync(string name, CancellationToken cancellationToken) => db.Users.SingleOrDefaultAsync(user => user.Name == name, cancellationToken);

    private async Task<bool> IsLastAdministratorAsync(User user, CancellationToken cancellationToken)
    {
        if (!IsAdministrator(user) || user.Disabled)
            return false;
        var others = await db.Users.AsNoTracking()
            .Where(other => other.Id != user.Id && !other.Disabled && (other.PasswordHash != null || db.ProviderIdentities.Any(identity => identity.UserId == other.Id)))
            .ToListAsync(cancellationToken);
        return !others.Exists(IsAdministrator);
    }

    private static bool IsAdministrator(User user) => user.Groups.Contains(Groups.Administrators) || user.ProviderGroups.Contains(Groups.Administrators);

    private static Refusal.NotFound Unknown(string name) => new($"There is no user '{name}'.");
}
