namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Client;
using static OpenIddict.Abstractions.OpenIddictExceptions;

/// <summary>Redeems a user's refresh token at the provider, reads their groups again, and ends their logins where the provider says no.</summary>
internal sealed partial class ProviderRefresh(
    GatewayDbContext db, Providers providers, OpenIddictClientService client, ProviderEffects effects, TimeProvider clock, ILogger<ProviderRefresh> logger)
{
    /// <summary>Longer than the client waits for an answer.</summary>
    private static readonly TimeSpan Exclusive = TimeSpan.FromSeconds(30);

    /// <summary>Errors (RFC 6749, 5.2; OpenID Connect Core 1.0, 3.1.2.6) by which a provider withdraws its word for a person. Others are
    /// faults of the configuration or of the provider.</summary>
    private static readonly string[] Refusals = [
        OpenIddictConstants.Errors.InvalidGrant, OpenIddictConstants.Errors.AccessDenied, OpenIddictConstants.Errors.LoginRequired,
        OpenIddictConstants.Errors.InteractionRequired, OpenIddictConstants.Errors.ConsentRequired];

    public async Task<Confirmation> ConfirmAsync(string userId)
    {
        var identity = await db.ProviderIdentities.AsNoTracking().SingleOrDefaultAsync(row => row.UserId == userId);
        if (identity is null)
            return Confirmation.Confirmed;
        if (providers.Find(identity.Provider) is not { } provider || provider.Issuer != identity.Issuer)
            return Confirmation.SignInAgain;
        var now = clock.GetUtcNow();
        var age = now - (identity.ConfirmedAt ?? DateTimeOffset.MinValue);
        if (age < provider.RefreshEvery && age >= -Provider.ClockSkew)
            return Confirmation.Confirmed;
        if (identity.SealedRefreshToken is null)
            return age < provider.SignInAgainAfter ? Confirmation.Confirmed : Confirmation.SignInAgain;
        return await TryTakeAsync(identity, now) ? await RedeemAsync(provider, identity) : Overlook(provider, age);
    }

    private async Task<Confirmation> RedeemAsync(Provider provider, ProviderIdentity identity)
    {
        try
        {
            var answer = await client.AuthenticateWithRefreshTokenAsync(new OpenIddictClientModels.RefreshTokenAuthenticationRequest
            {
                RegistrationId = provider.Name,
                RefreshToken = effects.OpenToken(identity),
                DisableUserInfo = !provider.Options.UserInfo,
            });
            return await ReadAsync(provider, identity, answer.IdentityTokenPrincipal, answer.UserInfoTokenPrincipal, answer.RefreshToken);
        }
        catch (ProtocolException e) when (Refusals.Contains(e.Error))
        {
            LogRefused(provider.Name, identity.UserId, e.Error);
            await effects.RefuseAsync(provider, identity, e.Error!);
            return Confirmation.Refused;
        }
        catch (ProtocolException e)
        {
            LogFailed(provider.Name, e.Error, ProviderErrors.IdOf(e.ErrorUri));
            await effects.ReleaseAsync(identity);
            return Overlook(provider, clock.GetUtcNow() - identity.ConfirmedAt!.Value);
        }
    }

    /// <summary>The answer must name the same person; without a name in it, it says nothing about groups.</summary>
    private async Task<Confirmation> ReadAsync(Provider provider, ProviderIdentity identity, ClaimsPrincipal? identityToken, ClaimsPrincipal? userInfo, string? refreshToken)
    {
        var named = identityToken ?? userInfo;
        if (named is null)
        {
            LogNobody(provider.Name);
            await effects.KeepTokenAsync(identity, refreshToken);
            return Overlook(provider, clock.GetUtcNow() - identity.ConfirmedAt!.Value);
        }

        if (named.FindFirst(OpenIddictConstants.Claims.Subject)?.Value != identity.Subject || (identityToken is not null && !ProviderClaims.IsCurrent(identityToken, clock.GetUtcNow())))
        {
            await effects.RefuseAsync(provider, identity, ProviderProblems.NameOf(ProviderProblem.NotTrusted));
            return Confirmation.Refused;
        }

        var all = new ClaimsPrincipal([.. named.Identities, .. identityToken is null || userInfo is null ? [] : userInfo.Identities]);
        var (groups, problem) = ProviderClaims.ReadGroups(provider, all);
        if (groups is null)
        {
            await effects.RefuseAsync(provider, identity, ProviderProblems.NameOf(problem!.Value));
            return Confirmation.Refused;
        }

        await effects.ConfirmAsync(provider, identity, groups, refreshToken);
        return Confirmation.Confirmed;
    }

    private static Confirmation Overlook(Provider provider, TimeSpan age) =>
        age < provider.RefreshEvery + provider.Grace && age >= -Provider.ClockSkew ? Confirmation.Confirmed : Confirmation.Unavailable;

    /// <summary>One replica redeems a token: two at once would look like a stolen one to the provider.</summary>
    private async Task<bool> TryTakeAsync(ProviderIdentity identity, DateTimeOffset now)
    {
        var until = now + Exclusive;
        var taken = await db.ProviderIdentities
            .Where(row => row.UserId == identity.UserId && row.ConfirmedAt == identity.ConfirmedAt && (row.RefreshingUntil == null || row.RefreshingUntil <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.RefreshingUntil, until));
        identity.RefreshingUntil = until;
        return taken == 1;
    }

    [LoggerMessage(LogLevel.Information, "The provider {Provider} no longer stands by the user {UserId} ({Error}): their logins end.")]
    private partial void LogRefused(string provider, string userId, string? error);

    [LoggerMessage(LogLevel.Warning, "The provider {Provider} could not be asked: {Error} ({ErrorId}).")]
    private partial void LogFailed(string provider, string? error, string? errorId);

    [LoggerMessage(LogLevel.Warning, "The provider {Provider} names nobody when a refresh token is redeemed; set UserInfo if its user-info endpoint does.")]
    private partial void LogNobody(string provider);
}
