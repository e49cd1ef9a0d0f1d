namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

/// <summary>What sign-in leaves behind in the database: rows that nothing asks for any more, because they have ended, run out or were
/// used. What happened stays in the audit log.</summary>
internal sealed class Leftovers(GatewayDbContext db, LoginLimits limits, TimeProvider clock)
{
    /// <summary>So long a row stays after its end, for those who look into the database.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>At most so many rows in one statement, so that nobody waits long for a lock.</summary>
    public const int Batch = 1000;

    /// <summary>Removes all of it; returns how many rows that were. Several replicas may do so at once.</summary>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        var edge = clock.GetUtcNow() - Kept;
        var unused = edge - (limits.PluginIdle > limits.BrowserIdle ? limits.PluginIdle : limits.BrowserIdle);
        var expired = edge.UtcDateTime;
        return await RemoveAsync(db.Logins.Where(row => row.EndedAt < edge || row.LastSeenAt < unused).OrderBy(row => row.Id), cancellationToken)
            + await RemoveAsync(db.StepUpProofs.Where(row => row.CreatedAt < edge).OrderBy(row => row.CreatedAt), cancellationToken)
            + await RemoveAsync(db.Enrolments.Where(row => row.ConsumedAt < edge || row.ExpiresAt < edge).OrderBy(row => row.Id), cancellationToken)
            + await RemoveAsync(db.FormerEmails.Where(row => row.ChangedAt < edge).OrderBy(row => row.Id), cancellationToken)
            + await RemoveAsync(db.DevicePolls.Where(row => row.LastAt < edge).OrderBy(row => row.DeviceCodeId), cancellationToken)
            // A redeemed token stays until it would have expired: till then its reuse is noticed.
            + await RemoveAsync(db.Set<OpenIddictEntityFrameworkCoreToken>().Where(row => row.ExpirationDate < expired).OrderBy(row => row.Id), cancellationToken)
            + await RemoveAsync(db.Set<OpenIddictEntityFrameworkCoreAuthorization>().Where(row => row.CreationDate < expired && row.Tokens.Count == 0).OrderBy(row => row.Id), cancellationToken);
    }

    private static async Task<int> RemoveAsync<T>(IQueryable<T> rows, CancellationToken cancellationToken)
    {
        var (all, removed) = (0, Batch);
        for (; removed == Batch; all += removed)
            removed = await rows.Take(Batch).ExecuteDeleteAsync(cancellationToken);
        return all;
    }
}
