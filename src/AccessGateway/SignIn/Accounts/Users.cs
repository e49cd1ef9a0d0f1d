namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Changes of accounts, for those who need no permission: the server's command line and the gateway itself. Everybody else goes
/// through <see cref="UserAdministration"/>. All changes stand in one line, so that two administrators who disable each other at
/// the same time cannot leave the gateway without one.
/// </summary>
internal sealed class Users(GatewayDbContext db, Enrolments enrolments, Logins logins, IHeldAccess held, Notices notices, AuditLog audit, TimeProvider clock)
{
    public const int MaxGroups = 100;

    /// <summary>Asked inside the transaction of a change, before it is made; a refusal keeps it from being made.</summary>
    /// <param name="user">Whom it concerns, as they are now; null where they are added.</param>
    internal delegate Task<Refusal?> Gate(User? user);

    public static Refusal.NotFound Unknown(string name) => new($"There is no user '{name}'.");

    /// <summary>Adds a user; returns the secret of the enrolment link.</summary>
    public async Task<Outcome<string>> AddAsync(string actor, string name, IReadOnlyList<string> groups, CancellationToken cancellationToken, Gate? gate = null, string? email = null)
    {
        if (Names.PersonProblem(name) is { } problem)
            return new Refusal.Invalid("name", problem);
        if (EmailProblem(email) is { } emailProblem)
            return emailProblem;
        if (GroupsProblem(groups) is { } groupsProblem)
            return groupsProblem;

        await using var transaction = await BeginAsync(cancellationToken);
        if (await db.Users.AnyAsync(user => user.Name == name, cancellationToken))
            return new Refusal.Conflict($"There is a user '{name}' already.");
        if (gate is not null && await gate(null) is { } refusal)
            return refusal;
        var user = new User { Id = Identifier.New("us"), Name = name, Groups = [.. groups.Distinct(StringComparer.Ordinal)], CreatedAt = clock.GetUtcNow(), Email = email };
        db.Users.Add(user);
        var secret = await enrolments.AddAsync(user, cancellationToken);
        audit.Add(AuditEvents.UserAdded, actor, concerns: name, details: [("user", name), ("groups", string.Join(",", user.Groups))]);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return secret;
    }

    /// <summary>Whether there is anybody; machines do not count.</summary>
    public Task<bool> AnyAsync(CancellationToken cancellationToken) => db.Users.AnyAsync(user => user.Machine == null, cancellationToken);

    /// <summary>
    /// Disables or enables. Disabling takes everything at once: logins, links, open requests and active grants; the answer comes
    /// when the clusters have forgotten them, or did not answer. The last administrator who could sign in cannot be disabled.
    /// </summary>
    public async Task<Outcome<User>> SetDisabledAsync(string actor, string name, bool disabled, CancellationToken cancellationToken, Gate? gate = null)
    {
        IReadOnlyList<string> grants = [];
        var outcome = await ChangeAsync<User>(name, gate, async user => disabled && await IsLastAdministratorAsync(user, cancellationToken) ? LastAdministrator(name) : null, async user =>
        {
            if (user.Disabled != disabled)
                audit.Add(disabled ? AuditEvents.UserDisabled : AuditEvents.UserEnabled, actor, concerns: name, details: ("user", name));
            user.Disabled = disabled;
            await db.SaveChangesAsync(cancellationToken);
            // Also when enabling: what began in the moment of the disabling must not come to life again.
            await logins.EndAllAsync(user, actor, LoginEnd.Disabled, cancellationToken);
            if (disabled)
            {
                await enrolments.RemoveOpenAsync(user, cancellationToken);
                grants = await held.EndAsync(user, actor, cancellationToken);
            }

            return user;
        }, cancellationToken, machines: true);
        if (outcome.Is(out _, out _))
            await held.UnbindAsync(grants);
        return outcome;
    }

    /// <summary>Replaces a user's groups; they count from the next request on. The last administrator who could sign in stays one.</summary>
    public async Task<Outcome<User>> SetGroupsAsync(string actor, string name, IReadOnlyList<string> groups, CancellationToken cancellationToken, Gate? gate = null)
    {
        if (GroupsProblem(groups) is { } problem)
            return problem;
        var demotes = !groups.Contains(Groups.Administrators);
        return await ChangeAsync<User>(name, gate, async user => demotes && !user.ProviderGroups.Contains(Groups.Administrators) && await IsLastAdministratorAsync(user, cancellationToken) ? LastAdministrator(name) : null, user =>
        {
            var before = string.Join(",", user.Groups);
            user.Groups = [.. groups.Distinct(StringComparer.Ordinal)];
            if (before != string.Join(",", user.Groups))
                audit.Add(AuditEvents.UserGroupsChanged, actor, concerns: name, details: [("user", name), ("before", before), ("groups", string.Join(",", user.Groups))]);
            return Task.FromResult(user);
        }, cancellationToken);
    }

    /// <summary>Says where mail reaches somebody; null for what their provider says, or for no mail.</summary>
    public async Task<Outcome<User>> SetEmailAsync(string actor, string name, string? email, CancellationToken cancellationToken, Gate? gate = null)
    {
        if (EmailProblem(email) is { } problem)
            return problem;
        return await ChangeAsync<User>(name, gate, _ => NoProblem, user =>
        {
            if (user.Email != email && (user.Email ?? user.ProviderEmail) is { } former)
                db.FormerEmails.Add(new FormerEmail { Id = Identifier.New("fe"), UserId = user.Id, Address = former, ChangedAt = clock.GetUtcNow() });
            // The log is kept longer than anybody's address should be.
            if (user.Email != email)
                audit.Add(AuditEvents.UserEmailChanged, actor, concerns: name, details: [("user", name), ("change", email is null ? "removed" : "set")]);
            user.Email = email;
            return Task.FromResult(user);
        }, cancellationToken);
    }

    /// <summary>Forgets failed attempts: a locked account can be tried again at once.</summary>
    public Task<Outcome<User>> UnlockAsync(string actor, string name, CancellationToken cancellationToken, Gate? gate = null) => ChangeAsync<User>(name, gate, _ => NoProblem, async user =>
    {
        await db.FailedAttempts.Where(attempts => attempts.Name == name).ExecuteDeleteAsync(cancellationToken);
        audit.Add(AuditEvents.UserUnlocked, actor, concerns: name, details: ("user", name));
        notices.Tell(user.Id, "Your account was locked after failed attempts, and an administrator unlocked it. If the attempts were not yours, somebody may know your name and try your password.");
        return user;
    }, cancellationToken);

    /// <summary>Takes password, factors, recovery codes and logins away; returns the secret of a new enrolment link.</summary>
    public Task<Outcome<string>> ResetAsync(string actor, string name, CancellationToken cancellationToken, Gate? gate = null) => ChangeAsync(name, gate, _ => NoProblem, async user =>
    {
        user.PasswordHash = null;
        await db.TotpFactors.Where(factor => factor.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.RecoveryCodes.Where(code => code.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Passkeys.Where(passkey => passkey.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.FactorOffers.Where(offer => offer.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.StepUpProofs.Where(proof => proof.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.StepUpPrompts.Where(prompt => prompt.UserId == user.Id).ExecuteDeleteAsync(cancellationToken);
        await db.FailedAttempts.Where(attempts => attempts.Name == name).ExecuteDeleteAsync(cancellationToken);
        await logins.EndAllAsync(user, actor, LoginEnd.Reset, cancellationToken);
        notices.Tell(user.Id, "An administrator took your password and your factors away, and you enrolled anew. If you did not ask for it, tell an administrator at once.");
        audit.Add(AuditEvents.UserMfaReset, actor, concerns: name, details: ("user", name));
        return await enrolments.AddAsync(user, cancellationToken);
    }, cancellationToken);

    /// <summary>A new enrolment link for somebody who has not enrolled yet; returns its secret. The older one stops working.</summary>
    public Task<Outcome<string>> InviteAsync(string actor, string name, CancellationToken cancellationToken, Gate? gate = null) => ChangeAsync(name, gate, user => Task.FromResult<Refusal?>(
        user.Disabled ? new Refusal.Conflict($"'{name}' is disabled; enable the account first.")
        : user.IsEnrolled ? new Refusal.Conflict($"'{name}' has enrolled already; reset the account if its password or factors are lost.")
        : null), async user =>
    {
        audit.Add(AuditEvents.UserInvited, actor, concerns: name, details: ("user", name));
        return await enrolments.AddAsync(user, cancellationToken);
    }, cancellationToken);

    /// <summary>Whether nobody else is left who administers the gateway and can sign in. Sure only inside a change.</summary>
    public async Task<bool> IsLastAdministratorAsync(User user, CancellationToken cancellationToken) =>
        User.GroupsOf(user.Groups, user.ProviderGroups).Contains(Groups.Administrators) && !user.Disabled
        && !await db.Users.Where(User.CanSignIn(db)).Where(User.Administers).AnyAsync(other => other.Id != user.Id, cancellationToken);

    public static Refusal.Conflict LastAdministrator(string name) => new($"'{name}' is the last administrator who can sign in.");

    private static Task<Refusal?> NoProblem => Task.FromResult<Refusal?>(null);

    /// <summary>What every change of an account has in common: its place in the line, the account as it is now, whether it may be.</summary>
    private async Task<Outcome<T>> ChangeAsync<T>(string name, Gate? gate, Func<User, Task<Refusal?>> problem, Func<User, Task<T>> change, CancellationToken cancellationToken, bool machines = false)
        where T : class
    {
        await using var transaction = await BeginAsync(cancellationToken);
        if (await db.Users.SingleOrDefaultAsync(user => user.Name == name && (machines || user.Machine == null), cancellationToken) is not { } user)
            return Unknown(name);
        if (await problem(user) is { } impossible)
            return impossible;
        if (gate is not null && await gate(user) is { } refusal)
            return refusal;
        var result = await change(user);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await WriteLock.TakeAsync(db, WriteLock.Accounts, cancellationToken);
        db.ChangeTracker.Clear();
        return transaction;
    }

    private static Refusal.Invalid? EmailProblem(string? email) => email is not null && Names.EmailProblem(email) is { } problem ? new Refusal.Invalid("email", problem) : null;

    private static Refusal.Invalid? GroupsProblem(IReadOnlyList<string> groups) =>
        groups.Count > MaxGroups ? new Refusal.Invalid("groups", $"must be at most {MaxGroups}.")
        : groups.Select(group => group is null ? "must be names." : Names.PersonProblem(group)).FirstOrDefault(text => text is not null) is { } problem ? new Refusal.Invalid("groups", problem)
        : null;
}
