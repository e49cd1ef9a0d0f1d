namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

/// <summary>Ends everything that keeps a user signed in: browsers, half-done sign-ins, log-ins of the plugin.</summary>
internal sealed class LoginEnds(GatewayDbContext db, IOpenIddictTokenManager tokens, IOpenIddictAuthorizationManager authorizations, TimeProvider clock)
{
    /// <summary>Does so in the caller's transaction.</summary>
    public async Task EndAllAsync(string userId)
    {
        var now = clock.GetUtcNow();
        await db.BrowserLogins.Where(login => login.UserId == userId && login.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(login => login.EndedAt, now));
        await db.PendingSignIns.Where(pending => pending.UserId == userId).ExecuteDeleteAsync();
        await authorizations.RevokeBySubjectAsync(userId);
        await tokens.RevokeBySubjectAsync(userId);
    }
}
