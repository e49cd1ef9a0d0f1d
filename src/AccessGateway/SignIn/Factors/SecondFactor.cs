namespace AccessGateway.SignIn;

using System.Security.Cryptography;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Checks what a person types besides the password. A code is spent by the check, in the caller's transaction.</summary>
internal sealed class SecondFactor(GatewayDbContext db, SecretBox secrets, TimeProvider clock, FactorTrail trail)
{
    private static readonly byte[] NobodysSecret = TotpCodes.NewSecret();

    /// <summary>Seals a secret for its place in the table of factors.</summary>
    public static byte[] Seal(SecretBox secrets, ReadOnlySpan<byte> secret, string factorId) => secrets.Seal(secret, nameof(TotpFactor), factorId, nameof(TotpFactor.SealedSecret));

    /// <summary>Takes a TOTP code, or a recovery code where <paramref name="allowRecovery"/>. True at most once for each code.</summary>
    public async Task<bool> SpendAsync(User user, string code, bool allowRecovery, CancellationToken cancellationToken)
    {
        if (TotpCodes.IsWellFormed(code))
            return await SpendTotpAsync(user, code, cancellationToken);
        return allowRecovery && await SpendRecoveryCodeAsync(user, code, cancellationToken);
    }

    /// <summary>Does the work of <see cref="SpendAsync"/> for a wrong code, whatever the code, and counts nothing: with a wrong password, or for
    /// nobody, the answer must not come sooner.</summary>
    public async Task PretendAsync(User? user, string code, CancellationToken cancellationToken)
    {
        var userId = user?.Id ?? "";
        if (TotpCodes.IsWellFormed(code))
        {
            if (await MatchAsync(userId, code, clock.GetUtcNow(), cancellationToken) is null)
                TotpCodes.Match(NobodysSecret, code, clock.GetUtcNow());
        }
        else if (RecoveryCode.HashOf(code) is { } hash)
        {
            await db.RecoveryCodes.AsNoTracking().AnyAsync(row => row.UserId == userId && row.Hash == hash, cancellationToken);
        }
    }

    /// <summary>I5: the guard accepts a step once, and none older than one accepted.</summary>
    public async Task<bool> SpendStepAsync(string userId, long step, CancellationToken cancellationToken) =>
        await db.Users.Where(user => user.Id == userId && user.LastTotpStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastTotpStep, step), cancellationToken) == 1;

    private async Task<bool> SpendTotpAsync(User user, string code, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await MatchAsync(user.Id, code, now, cancellationToken) is not var (factorId, step) || !await SpendStepAsync(user.Id, step, cancellationToken))
            return false;
        await db.TotpFactors.Where(row => row.Id == factorId).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, now), cancellationToken);
        return true;
    }

    /// <summary>Which of the user's authenticators shows this code, and for which step.</summary>
    private async Task<(string FactorId, long Step)?> MatchAsync(string userId, string code, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (string, long)? match = null;
        foreach (var factor in await db.TotpFactors.AsNoTracking().Where(factor => factor.UserId == userId).ToListAsync(cancellationToken))
        {
            var secret = secrets.Open(factor.SealedSecret, nameof(TotpFactor), factor.Id, nameof(TotpFactor.SealedSecret));
            if (TotpCodes.Match(secret, code, now) is { } step && (match is null || step > match.Value.Item2))
                match = (factor.Id, step);
            CryptographicOperations.ZeroMemory(secret);
        }

        return match;
    }

    private async Task<bool> SpendRecoveryCodeAsync(User user, string code, CancellationToken cancellationToken)
    {
        if (RecoveryCode.HashOf(code) is not { } hash)
            return false;
        var now = clock.GetUtcNow();
        var spent = await db.RecoveryCodes.Where(row => row.UserId == user.Id && row.Hash == hash && row.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken);
        if (spent == 0)
            return false;
        trail.RecoveryCodeUsed(user, await db.RecoveryCodes.CountAsync(row => row.UserId == user.Id && row.UsedAt == null, cancellationToken));
        return true;
    }
}
