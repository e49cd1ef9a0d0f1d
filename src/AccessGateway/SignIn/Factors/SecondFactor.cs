namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using AccessGateway.Audit;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Checks what a person shows besides the password. A code is spent by the check, in the caller's transaction.</summary>
internal sealed class SecondFactor(GatewayDbContext db, SecretBox secrets, TimeProvider clock, AuditLog audit)
{
    /// <summary>Seals a secret for its place in the table of factors.</summary>
    public static byte[] Seal(SecretBox secrets, ReadOnlySpan<byte> secret, string factorId) => secrets.Seal(secret, nameof(TotpFactor), factorId, nameof(TotpFactor.SealedSecret));

    /// <summary>Takes a TOTP code, or a recovery code where <paramref name="allowRecovery"/>. True at most once for each code.</summary>
    public async Task<bool> SpendAsync(User user, string code, bool allowRecovery, CancellationToken cancellationToken)
    {
        if (TotpCodes.IsWellFormed(code))
            return await SpendTotpAsync(user, code, cancellationToken);
        return allowRecovery && await SpendRecoveryCodeAsync(user, code, cancellationToken);
    }

    private async Task<bool> SpendTotpAsync(User user, string code, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (var factor in await db.TotpFactors.AsNoTracking().Where(factor => factor.UserId == user.Id).ToListAsync(cancellationToken))
        {
            var secret = secrets.Open(factor.SealedSecret, nameof(TotpFactor), factor.Id, nameof(TotpFactor.SealedSecret));
            var match = TotpCodes.Match(secret, code, now);
            CryptographicOperations.ZeroMemory(secret);
            if (match is not { } step)
                continue;
            if (!await SpendStepAsync(user.Id, step, cancellationToken))
                return false;
            await db.TotpFactors.Where(row => row.Id == factor.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now), cancellationToken);
            return true;
        }

        return false;
    }

    /// <summary>I5: the guard accepts a step once, and none older than one accepted.</summary>
    public async Task<bool> SpendStepAsync(string userId, long step, CancellationToken cancellationToken) =>
        await db.Users.Where(user => user.Id == userId && user.LastTotpStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastTotpStep, step), cancellationToken) == 1;

    private async Task<bool> SpendRecoveryCodeAsync(User user, string code, CancellationToken cancellationToken)
    {
        if (RecoveryCode.HashOf(code) is not { } hash)
            return false;
        var now = clock.GetUtcNow();
        var spent = await db.RecoveryCodes.Where(row => row.UserId == user.Id && row.Hash == hash && row.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken);
        if (spent == 0)
            return false;
        audit.Add(AuditEvents.RecoveryCodeUsed, user.Name, concerns: user.Name);
        return true;
    }
}
