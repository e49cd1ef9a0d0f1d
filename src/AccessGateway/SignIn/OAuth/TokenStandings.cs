namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.EntityFrameworkCore.Models;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>What an access token stands on, where all of it counts: login and user as stored at this moment. For readers alone: several calls may share it.</summary>
internal sealed record TokenStanding(Login Login, User User);

/// <summary>Asks the database for access tokens that were read before whether they count still. Calls that come together are answered by one look, which
/// begins after the last of them came.</summary>
internal sealed class TokenStandings
{
    private const int Most = 256;

    private readonly IServiceScopeFactory _scopes;
    private readonly Batches<KnownToken, TokenStanding?> _looks;

    public TokenStandings(IServiceScopeFactory scopes)
    {
        _scopes = scopes;
        _looks = new(Most, ReadAsync);
    }

    /// <summary>Null where the token or its authorization was revoked, its login has ended, or its user is disabled.</summary>
    public Task<TokenStanding?> OfAsync(KnownToken token) => _looks.DoAsync(token);

    private async Task<IReadOnlyList<TokenStanding?>> ReadAsync(IReadOnlyList<KnownToken> asked)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        var tokenIds = asked.Select(token => token.Id).Distinct().ToList();
        var valid = await db.Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(token => EF.Parameter(tokenIds).Contains(token.Id!) && token.Status == Statuses.Valid && (token.Authorization == null || token.Authorization.Status == Statuses.Valid))
            .Select(token => token.Id!).ToHashSetAsync();
        var loginIds = asked.Select(token => token.LoginId).Distinct().ToList();
        var standings = await db.Logins.AsNoTracking().Where(login => EF.Parameter(loginIds).Contains(login.Id) && login.EndedAt == null)
            .Join(db.Users.AsNoTracking().Where(user => !user.Disabled), login => login.UserId, user => user.Id, (login, user) => new TokenStanding(login, user))
            .ToDictionaryAsync(standing => standing.Login.Id);
        return [.. asked.Select(token => valid.Contains(token.Id) && standings.TryGetValue(token.LoginId, out var standing) && standing.User.Id == token.UserId ? standing : null)];
    }
}
