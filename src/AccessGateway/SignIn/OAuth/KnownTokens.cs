namespace AccessGateway.SignIn;

using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using OpenIddict.Abstractions;

/// <summary>What never changes of an access token that OpenIddict has found valid.</summary>
/// <param name="Id">Of its entry.</param>
internal sealed record KnownToken(ClaimsPrincipal Principal, string Id, string LoginId, string UserId, DateTimeOffset ExpiresAt);

/// <summary>Access tokens that were read before, by their SHA-256: the tokens themselves are not kept.</summary>
internal sealed class KnownTokens(TimeProvider clock) : IDisposable
{
    /// <summary>More would be a flood; who is dropped is read again.</summary>
    private const int Most = 10_000;

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = Most });

    public KnownToken? Find(string token) =>
        _known.TryGetValue(KeyOf(token), out KnownToken? found) && found!.ExpiresAt > clock.GetUtcNow() ? found : null;

    /// <param name="principal">As OpenIddict made it of the token.</param>
    /// <returns>Null where it names no login, which every token does, or is over.</returns>
    public KnownToken? Add(string token, ClaimsPrincipal principal)
    {
        var now = clock.GetUtcNow();
        if (principal.GetTokenId() is not { } id || principal.GetClaim(PluginLogins.Claim) is not { } login
            || principal.GetClaim(OpenIddictConstants.Claims.Subject) is not { } user || principal.GetExpirationDate() is not { } end || end <= now)
            return null;
        return _known.Set(KeyOf(token), new KnownToken(principal, id, login, user, end), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = end - now });
    }

    public void Dispose() => _known.Dispose();

    private static string KeyOf(string token) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
