namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Finds the account of a person by issuer and subject, and makes one just in time. A name alone finds nobody.</summary>
internal sealed class ProviderAccounts(GatewayDbContext db, ProviderGroups groups, SecretBox secrets, Enrolments enrolments, AuditLog audit, TimeProvider clock)
{
    /// <summary>How long somebody who has just signed in at the provider may take to enrol a factor.</summary>
    private static readonly TimeSpan EnrolmentLifetime = TimeSpan.FromMinutes(15);

    public static byte[] SealToken(SecretBox secrets, string token, string userId) =>
        secrets.Seal(System.Text.Encoding.UTF8.GetBytes(token), nameof(ProviderIdentity), userId, nameof(ProviderIdentity.SealedRefreshToken));

    public static string OpenToken(SecretBox secrets, ProviderIdentity identity) => System.Text.Encoding.UTF8.GetString(
        secrets.Open(identity.SealedRefreshToken, nameof(ProviderIdentity), identity.UserId, nameof(ProviderIdentity.SealedRefreshToken)));

    /// <summary>The user, with groups as the claims say, in the caller's transaction; or why there is none.</summary>
    public async Task<(User? User, ProviderProblem? Problem)> FindOrAddAsync(Provider provider, ProviderClaims claims, string? refreshToken, CancellationToken cancellationToken)
    {
        var identity = await db.ProviderIdentities.SingleOrDefaultAsync(row => row.Issuer == provider.Issuer && row.Subject == claims.Subject, cancellationToken);
        if (identity is null)
        {
            if (!provider.Options.CreateUsers)
                return (null, ProviderProblem.NoAccount);
            identity = await TryAddAsync(provider, claims, cancellationToken);
            if (identity is null)
                return (null, ProviderProblem.NameTaken);
        }

        var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == identity.UserId, cancellationToken);
        // Somebody who is disabled here gets nothing, not even fresh groups.
        if (user.Disabled)
            return (user, null);
        identity.Provider = provider.Name;
        identity.ConfirmedAt = clock.GetUtcNow();
        identity.RefreshingUntil = null;
        identity.SealedRefreshToken = refreshToken is null ? null : SealToken(secrets, refreshToken, user.Id);
        await groups.SetAsync(user, provider.Actor, claims.Groups, cancellationToken);
        await db.Users.Where(row => row.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.ProviderEmail, claims.Email), cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        return (user, null);
    }

    public Task<bool> HasFactorAsync(User user, CancellationToken cancellationToken) => db.TotpFactors.AnyAsync(factor => factor.UserId == user.Id, cancellationToken);

    /// <summary>An enrolment for somebody who never had a factor. Null for somebody whose factors were taken away: the provider alone must
    /// not be enough to put a new one in their place.</summary>
    public async Task<string?> TryInviteAsync(User user, CancellationToken cancellationToken) =>
        await db.Enrolments.AnyAsync(enrolment => enrolment.UserId == user.Id && enrolment.ConsumedAt != null, cancellationToken)
            ? null
            : await enrolments.AddAsync(user, cancellationToken, EnrolmentLifetime);

    /// <summary>Null where the name is somebody else's.</summary>
    private async Task<ProviderIdentity?> TryAddAsync(Provider provider, ProviderClaims claims, CancellationToken cancellationToken)
    {
        if (await db.Users.AnyAsync(row => row.Name == claims.UserName, cancellationToken))
            return null;
        var now = clock.GetUtcNow();
        var user = new User { Id = Identifier.New("us"), Name = claims.UserName, Groups = [], CreatedAt = now };
        var identity = new ProviderIdentity { UserId = user.Id, Provider = provider.Name, Issuer = provider.Issuer, Subject = claims.Subject, CreatedAt = now };
        db.Users.Add(user);
        db.ProviderIdentities.Add(identity);
        audit.Add(AuditEvents.UserAdded, provider.Actor, concerns: user.Name, details: [("user", user.Name), ("provider", provider.Name), ("subject", claims.Subject)]);
        await db.SaveChangesAsync(cancellationToken);
        return identity;
    }
}
