namespace AccessGateway.SignIn;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// The step between a provider's word and a login: single-use, five minutes, in one browser. Whatever checks the second factor
/// (a code here) ends with <see cref="FinishAsync"/> in its own transaction.
/// </summary>
internal sealed class PendingSignIns(GatewayDbContext db, SignIns signIns, SecondFactor secondFactor, AttemptLimit attempts, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Wrong = new Refusal.Forbidden("The code is wrong or was used before. Wait for the next one.", ProblemCodes.StepUpFailed);
    private static readonly Refusal Gone = new Refusal.NotFound("This sign-in took too long or was completed already. Start again.");

    /// <summary>Begins one in the caller's transaction; returns the secret for the browser's cookie, which is stored as a hash only.</summary>
    public async Task<string> BeginAsync(User user, Provider provider, string returnPath, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await db.PendingSignIns.Where(old => old.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        db.PendingSignIns.Add(new PendingSignIn
        {
            Hash = HashOf(secret),
            UserId = user.Id,
            Provider = provider.Name,
            Return = BrowserCookies.LocalReturn(returnPath),
            ExpiresAt = now + PendingSignIn.Lifetime,
        });
        return secret;
    }

    /// <summary>The sign-in that waits in the browser with this cookie, and whose it is; null where there is none (any more).</summary>
    public async Task<(PendingSignIn Pending, User User)?> FindAsync(string? secret, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(secret))
            return null;
        var hash = HashOf(secret);
        var now = clock.GetUtcNow();
        var found = await db.PendingSignIns.AsNoTracking()
            .Where(pending => pending.Hash == hash && pending.CompletedAt == null && pending.ExpiresAt > now)
            .Join(db.Users.AsNoTracking().Where(user => !user.Disabled), pending => pending.UserId, user => user.Id, (pending, user) => new { pending, user })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.pending, found.user);
    }

    /// <summary>Completes it with a code: TOTP or recovery code, counted like every other try on the account.</summary>
    public async Task<Outcome<BrowserLogin>> CompleteAsync(string? secret, string code, string address, string userAgent, CancellationToken cancellationToken)
    {
        if (await FindAsync(secret, cancellationToken) is not { } found)
            return Gone;
        var (pending, user) = found;
        if (await attempts.TakeAsync(user.Name, cancellationToken) is { } locked)
            return locked;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!await secondFactor.SpendAsync(user, code, allowRecovery: true, cancellationToken))
        {
            audit.Add(AuditEvents.SignInFailed, user.Name, concerns: user.Name, details: [("address", address), ("provider", pending.Provider), ("reason", "second_factor")]);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Wrong;
        }

        if (await FinishAsync(pending, user, address, userAgent, cancellationToken) is not { } login)
            return Gone;
        await attempts.ForgiveAsync(user.Name, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return login;
    }

    /// <summary>Turns it into a login, in the transaction of the caller, who has just checked a second factor of the user.
    /// Null where it was completed meanwhile.</summary>
    public async Task<BrowserLogin?> FinishAsync(PendingSignIn pending, User user, string address, string userAgent, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var completed = await db.PendingSignIns.Where(row => row.Hash == pending.Hash && row.CompletedAt == null && row.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.CompletedAt, now), cancellationToken);
        return completed == 0 ? null : await signIns.StartAsync(user, address, userAgent, cancellationToken, pending.Provider);
    }

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
