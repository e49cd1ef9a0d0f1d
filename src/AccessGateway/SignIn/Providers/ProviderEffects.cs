namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>What a provider's answer to a redeemed refresh token changes here. Each change counts only while the token is still the one that was redeemed.</summary>
internal sealed class ProviderEffects(GatewayDbContext db, ProviderGroups groups, SecretBox secrets, ProviderLoginEnds ends, AuditLog audit, TimeProvider clock)
{
    public string OpenToken(ProviderIdentity identity) => ProviderAccounts.OpenToken(secrets, identity);

    /// <summary>The provider stands by the user, with these groups.</summary>
    public async Task ConfirmAsync(Provider provider, ProviderIdentity identity, IReadOnlyList<string> now, string? refreshToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        if (await KeepAsync(identity, refreshToken, clock.GetUtcNow()))
        {
            var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == identity.UserId);
            await groups.SetAsync(user, provider.Actor, now, CancellationToken.None);
            await db.SaveChangesAsync();
        }

        await transaction.CommitAsync();
    }

    /// <summary>The provider withdrew its word: groups, refresh token, browser logins and tokens go.</summary>
    public async Task RefuseAsync(Provider provider, ProviderIdentity identity, string reason)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        var mine = await Mine(identity).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.SealedRefreshToken, (byte[]?)null)
            .SetProperty(row => row.ConfirmedAt, (DateTimeOffset?)null)
            .SetProperty(row => row.RefreshingUntil, (DateTimeOffset?)null));
        if (mine == 0)
            return;
        var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == identity.UserId);
        audit.Add(AuditEvents.IdentityRefused, provider.Actor, concerns: user.Name, details: [("user", user.Name), ("provider", provider.Name), ("reason", reason)]);
        await groups.SetAsync(user, provider.Actor, [], CancellationToken.None);
        await ends.EndAllAsync(user, provider.Actor);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    /// <summary>Nothing was learnt; another try may follow.</summary>
    public Task ReleaseAsync(ProviderIdentity identity) => Mine(identity).ExecuteUpdateAsync(set => set.SetProperty(row => row.RefreshingUntil, (DateTimeOffset?)null));

    /// <summary>Nothing was learnt but the next refresh token.</summary>
    public Task KeepTokenAsync(ProviderIdentity identity, string? refreshToken) => KeepAsync(identity, refreshToken, identity.ConfirmedAt);

    private async Task<bool> KeepAsync(ProviderIdentity identity, string? refreshToken, DateTimeOffset? confirmedAt)
    {
        // A provider that does not rotate gives none: the old one stays good.
        var sealedToken = refreshToken is null ? identity.SealedRefreshToken : ProviderAccounts.SealToken(secrets, refreshToken, identity.UserId);
        return await Mine(identity).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.SealedRefreshToken, sealedToken)
            .SetProperty(row => row.ConfirmedAt, confirmedAt)
            .SetProperty(row => row.RefreshingUntil, (DateTimeOffset?)null)) == 1;
    }

    private IQueryable<ProviderIdentity> Mine(ProviderIdentity identity) =>
        db.ProviderIdentities.Where(row => row.UserId == identity.UserId && row.RefreshingUntil == identity.RefreshingUntil);
}
