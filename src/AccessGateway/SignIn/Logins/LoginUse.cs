namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>What every request asks of the login that it comes with. What has ended is refused by every replica at its next request.</summary>
internal sealed class LoginUse(GatewayDbContext db, LoginLimits limits, TimeProvider clock)
{
    /// <summary>Whether a login still counts: not ended, not idle or old beyond the limits, its user not disabled. Notes the use.</summary>
    /// <param name="address">Where it is used from.</param>
    public async Task<bool> IsCurrentAsync(string loginId, string userId, string? address, CancellationToken cancellationToken)
    {
        var login = await db.Logins.AsNoTracking()
            .Where(row => row.Id == loginId && row.UserId == userId && row.EndedAt == null)
            .Where(row => db.Users.Any(user => user.Id == row.UserId && !user.Disabled))
            .SingleOrDefaultAsync(cancellationToken);
        return login is not null && await CountsAsync(login, address, cancellationToken);
    }

    /// <summary>The same of a login as it stands at this moment, of a user who is not disabled.</summary>
    public async Task<bool> CountsAsync(Login login, string? address, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!limits.Allow(login, now))
            return false;
        if (login.LastSeenAt < now - Login.SeenGranularity)
        {
            await db.Logins.Where(row => row.Id == login.Id && row.EndedAt == null).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LastSeenAt, now).SetProperty(row => row.SeenFrom, address), cancellationToken);
        }

        return true;
    }
}
