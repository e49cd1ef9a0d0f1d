namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Ends everything that keeps a user signed in whom a provider no longer stands by: half-done sign-ins too.</summary>
internal sealed class ProviderLoginEnds(GatewayDbContext db, Logins logins)
{
    /// <summary>Does so in the caller's transaction.</summary>
    public async Task EndAllAsync(User user, string actor)
    {
        await db.PendingSignIns.Where(pending => pending.UserId == user.Id).ExecuteDeleteAsync();
        await logins.EndAllAsync(user, actor, LoginEnd.Provider, CancellationToken.None);
    }
}
