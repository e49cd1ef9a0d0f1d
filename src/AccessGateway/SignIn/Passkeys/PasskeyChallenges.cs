namespace AccessGateway.SignIn;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AccessGateway.Persistence;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// WebAuthn challenges on their way through the browser: sealed, bound to what they are for, good for two minutes. Asking for one
/// leaves nothing behind, so that nobody fills the database with them; answering one is written down, so that each counts once.
/// </summary>
internal sealed class PasskeyChallenges(GatewayDbContext db, IDataProtectionProvider protection, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    private const int MaxLength = 4096;

    private readonly IDataProtector _protector = protection.CreateProtector("AccessGateway.SignIn.PasskeyChallenge");

    /// <param name="purpose">What the answer will count for; <see cref="Open"/> demands the same.</param>
    /// <param name="state">What the passkey handler must have back.</param>
    public string Seal(string purpose, string state) => Base64Url.EncodeToString(_protector.Protect(
        JsonSerializer.SerializeToUtf8Bytes(new Challenge(purpose, state, clock.GetUtcNow() + Lifetime))));

    /// <summary>Null where it is not ours, was made for something else or has run out.</summary>
    public Challenge? Open(string purpose, string sealedChallenge)
    {
        if (sealedChallenge.Length is 0 or > MaxLength || !Base64Url.IsValid(sealedChallenge))
            return null;
        try
        {
            var challenge = JsonSerializer.Deserialize<Challenge>(_protector.Unprotect(Base64Url.DecodeFromChars(sealedChallenge)));
            return challenge is not null && challenge.Purpose == purpose && challenge.ExpiresAt > clock.GetUtcNow() ? challenge : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>True for the first answer to a challenge, on any replica; the caller's transaction keeps it.</summary>
    public async Task<bool> SpendAsync(string sealedChallenge, Challenge challenge, CancellationToken cancellationToken)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(sealedChallenge));
        // One statement, because a failed insert would end the whole transaction on PostgreSQL.
        return await db.Database.ExecuteSqlAsync(
            $"""INSERT INTO "SpentChallenges" ("Hash", "ExpiresAt") VALUES ({hash}, {challenge.ExpiresAt.UtcTicks}) ON CONFLICT DO NOTHING""", cancellationToken) == 1;
    }

    internal sealed record Challenge(string Purpose, string State, DateTimeOffset ExpiresAt);
}
