namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Which accounts to list; null is no condition.</summary>
/// <param name="Text">Part of the name.</param>
internal sealed record UserFilter(UserState? State = null, string? Group = null, string? Text = null);

/// <summary>Accounts, to look at.</summary>
internal sealed class UserDirectory(GatewayDbContext db, TimeProvider clock)
{
    /// <summary>By name, from beyond <paramref name="after"/> on; for administrators.</summary>
    public async Task<Outcome<List<UserView>>> ListAsync(Caller caller, UserFilter filter, int take, string? after, CancellationToken cancellationToken) =>
        caller.IsAdministrator ? await ReadAsync(filter, take, after, cancellationToken) : UserAdministration.NotAdministrator;

    /// <summary>One account, for administrators.</summary>
    public async Task<Outcome<UserView>> FindAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        return await Views(db.Users.Where(user => user.Name == name && user.Machine == null)).SingleOrDefaultAsync(cancellationToken) is { } view ? view : Users.Unknown(name);
    }

    /// <summary>The same without asking who looks: for the server's command line.</summary>
    public async Task<List<UserView>> ReadAsync(UserFilter filter, int take, string? after, CancellationToken cancellationToken)
    {
        // What no name can hold is in none, and not all of it can be asked of every database.
        if (Documents.Names.PersonProblem($"x{filter.Group}") is not null || Documents.Names.PersonProblem($"x{filter.Text}") is not null)
            return [];
        var query = db.Users.Where(user => user.Machine == null);
        if (after is not null)
            query = query.Where(user => string.Compare(user.Name, after) > 0);
        if (filter.Group is { } group)
            query = query.Where(user => user.Groups.Contains(group) || user.ProviderGroups.Contains(group));
        if (filter.Text is { } text)
            query = query.Where(user => user.Name.Contains(text));
        query = filter.State switch
        {
            UserState.Disabled => query.Where(user => user.Disabled),
            UserState.Enrolled => query.Where(User.CanSignIn(db)),
            UserState.Invited => query.Where(user => !user.Disabled).Except(query.Where(User.CanSignIn(db))),
            _ => query,
        };
        return await Views(query.OrderBy(user => user.Name).Take(take)).ToListAsync(cancellationToken);
    }

    private IQueryable<UserView> Views(IQueryable<User> users)
    {
        var now = clock.GetUtcNow();
        return users.AsNoTracking().OrderBy(user => user.Name).Select(user => new UserView(
            user.Name,
            user.Disabled ? UserState.Disabled : user.PasswordHash == null && !db.ProviderIdentities.Any(identity => identity.UserId == user.Id) ? UserState.Invited : UserState.Enrolled,
            user.Groups,
            user.ProviderGroups,
            db.ProviderIdentities.Where(identity => identity.UserId == user.Id).Select(identity => identity.Provider).FirstOrDefault(),
            user.Email,
            user.ProviderEmail,
            user.CreatedAt,
            user.LastSignInAt,
            db.FailedAttempts.Where(attempts => attempts.Name == user.Name && attempts.LockedUntil > now).Select(attempts => attempts.LockedUntil).FirstOrDefault(),
            db.Enrolments.Where(enrolment => enrolment.UserId == user.Id && enrolment.ConsumedAt == null && enrolment.ExpiresAt > now).Max(enrolment => (DateTimeOffset?)enrolment.ExpiresAt)));
    }
}
