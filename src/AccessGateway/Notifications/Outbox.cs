namespace AccessGateway.Notifications;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Claiming and settling the rows of the outbox, by guarded writes: a row is with one sender at a time, whichever process that is
/// in, and with another one when its sender died.</summary>
internal sealed class Outbox(GatewayDbContext db, AuditLog audit, TimeProvider clock)
{
    /// <summary>What is not delivered by then is given up.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);

    /// <summary>How long settled rows can be looked at.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>How long a sender may take for its batch. Longer than a whole batch of receivers that do not answer.</summary>
    public static readonly TimeSpan ClaimTime = TimeSpan.FromMinutes(5);

    public const int Batch = 20;

    private const int PruneBatch = 1000;

    /// <summary>Rows to send now, oldest first; of those about one thing for one recipient only the first.</summary>
    public async Task<IReadOnlyList<Notification>> ClaimAsync(string notifier, string claim, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var until = now + ClaimTime;
        var due = db.Notifications.Where(row => row.Notifier == notifier && row.State == NotificationState.Pending && row.NextAttemptAt <= now && (row.ClaimedUntil == null || row.ClaimedUntil <= now));
        var ids = await due
            .Where(row => row.About == null || !db.Notifications.Any(earlier =>
                earlier.About == row.About && earlier.State == NotificationState.Pending && earlier.Notifier == row.Notifier && earlier.Recipient == row.Recipient && earlier.EventIndex < row.EventIndex))
            .OrderBy(row => row.NextAttemptAt).ThenBy(row => row.EventIndex)
            .Select(row => row.Id).Take(Batch).ToListAsync(cancellationToken);
        if (ids.Count == 0)
            return [];
        await due.Where(row => ids.Contains(row.Id))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.ClaimId, claim).SetProperty(row => row.ClaimedUntil, until), cancellationToken);
        return await db.Notifications.AsNoTracking().Where(row => row.ClaimId == claim && row.State == NotificationState.Pending).OrderBy(row => row.EventIndex).ToListAsync(cancellationToken);
    }

    public Task<bool> IsPausedAsync(string notifier, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return db.NotifierProgress.AnyAsync(row => row.Name == notifier && row.PausedUntil > now, cancellationToken);
    }

    /// <summary>Writes down what became of a row that is claimed; nothing where the claim has passed to another.</summary>
    public async Task SettleAsync(Notification row, SendResult result, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var claimed = db.Notifications.Where(found => found.Id == row.Id && found.ClaimId == row.ClaimId && found.State == NotificationState.Pending);
        switch (result)
        {
            case SendResult.Delivered:
                await EndAsync(claimed, NotificationState.Delivered, null, now, cancellationToken);
                await db.NotifierProgress.Where(progress => progress.Name == row.Notifier).ExecuteUpdateAsync(
                    set => set.SetProperty(progress => progress.LastSuccessAt, now).SetProperty(progress => progress.Failures, 0).SetProperty(progress => progress.PausedUntil, (DateTimeOffset?)null), cancellationToken);
                break;
            case SendResult.NotNeeded:
                await EndAsync(claimed, NotificationState.Dropped, null, now, cancellationToken);
                break;
            case SendResult.Refused refused:
                await NoteFailureAsync(row.Notifier, refused.Error, now, cancellationToken);
                await GiveUpAsync(row, claimed, refused.Error, now, cancellationToken);
                break;
            case SendResult.Failed failed:
                var next = now + BackOff.After(row.Failures + 1, Chance, failed.RetryAfter);
                await claimed.ExecuteUpdateAsync(
                    set => set.SetProperty(found => found.Failures, found => found.Failures + 1).SetProperty(found => found.NextAttemptAt, next)
                        .SetProperty(found => found.LastError, failed.Error).SetProperty(found => found.ClaimId, (string?)null).SetProperty(found => found.ClaimedUntil, (DateTimeOffset?)null), cancellationToken);
                await NoteFailureAsync(row.Notifier, failed.Error, now, cancellationToken);
                if (failed.EndsBatch)
                    await PauseAsync(row.Notifier, failed.RetryAfter, now, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"{result.GetType().Name} is no result of sending.");
        }
    }

    /// <summary>Lets go of rows that were claimed and not tried.</summary>
    public Task ReleaseAsync(string claim, CancellationToken cancellationToken) => db.Notifications.Where(row => row.ClaimId == claim && row.State == NotificationState.Pending)
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.ClaimId, (string?)null).SetProperty(row => row.ClaimedUntil, (DateTimeOffset?)null), cancellationToken);

    /// <summary>Gives up what was not delivered within a day, each with its audit event.</summary>
    public async Task GiveUpOldAsync(string notifier, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var edge = now - GivenUpAfter;
        var old = await db.Notifications.AsNoTracking()
            .Where(row => row.Notifier == notifier && row.State == NotificationState.Pending && row.CreatedAt <= edge && (row.ClaimedUntil == null || row.ClaimedUntil <= now))
            .OrderBy(row => row.CreatedAt).Take(PruneBatch).ToListAsync(cancellationToken);
        // Behind one that fails, others about the same thing wait untried.
        var trouble = old.Exists(row => row.LastError is null) ? await db.NotifierProgress.Where(row => row.Name == notifier).Select(row => row.LastError).SingleOrDefaultAsync(cancellationToken) : null;
        foreach (var row in old)
        {
            var unclaimed = db.Notifications.Where(found => found.Id == row.Id && found.State == NotificationState.Pending && found.ClaimId == row.ClaimId);
            await GiveUpAsync(row, unclaimed, row.LastError ?? trouble ?? "It was never its turn.", now, cancellationToken);
        }
    }

    /// <summary>Removes rows that were settled long ago, and gives up those of notifiers that are no more.</summary>
    public async Task PruneAsync(IReadOnlyCollection<string> notifiers, CancellationToken cancellationToken)
    {
        var edge = clock.GetUtcNow() - Kept;
        var removed = PruneBatch;
        while (removed == PruneBatch)
            removed = await db.Notifications.Where(row => row.SettledAt < edge).OrderBy(row => row.Id).Take(PruneBatch).ExecuteDeleteAsync(cancellationToken);
        foreach (var gone in await db.Notifications.Where(row => row.State == NotificationState.Pending && !notifiers.Contains(row.Notifier)).Select(row => row.Notifier).Distinct().ToListAsync(cancellationToken))
            await GiveUpOldAsync(gone, cancellationToken);
    }

    private static double Chance => System.Security.Cryptography.RandomNumberGenerator.GetInt32(1001) / 1000d;

    private static Task<int> EndAsync(IQueryable<Notification> rows, NotificationState state, string? error, DateTimeOffset now, CancellationToken cancellationToken) => rows.ExecuteUpdateAsync(
        set => set.SetProperty(row => row.State, state).SetProperty(row => row.SettledAt, now).SetProperty(row => row.LastError, row => error ?? row.LastError)
            .SetProperty(row => row.ClaimId, (string?)null).SetProperty(row => row.ClaimedUntil, (DateTimeOffset?)null), cancellationToken);

    private async Task GiveUpAsync(Notification row, IQueryable<Notification> guarded, string error, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await EndAsync(guarded, NotificationState.GivenUp, error, now, cancellationToken) == 0)
            return;
        // News of what was given up is given up in silence: two dead notifiers would tell of each other for ever.
        // The address is left out: the log is kept longer than anybody's address should be.
        if (!await db.AuditEvents.AnyAsync(happened => happened.Index == row.EventIndex && happened.Type == AuditEvents.NotificationGivenUp, cancellationToken))
        {
            audit.Add(AuditEvents.NotificationGivenUp, AuditEvents.Gateway, accessRequestId: row.About?.StartsWith("ar-", StringComparison.Ordinal) == true ? row.About : null, details:
                [("notifier", row.Notifier), ("notification", row.Id), ("event", row.EventIndex.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("error", error)]);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    private Task<int> NoteFailureAsync(string notifier, string error, DateTimeOffset now, CancellationToken cancellationToken) => db.NotifierProgress.Where(row => row.Name == notifier)
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastFailureAt, now).SetProperty(row => row.LastError, error), cancellationToken);

    private async Task PauseAsync(string notifier, TimeSpan? asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var failures = await db.NotifierProgress.Where(row => row.Name == notifier).Select(row => row.Failures).SingleAsync(cancellationToken) + 1;
        var until = now + BackOff.After(failures, Chance, asked);
        await db.NotifierProgress.Where(row => row.Name == notifier)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Failures, failures).SetProperty(row => row.PausedUntil, until), cancellationToken);
    }
}
