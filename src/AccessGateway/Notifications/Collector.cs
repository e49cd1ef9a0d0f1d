namespace AccessGateway.Notifications;

using System.Globalization;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Turns audit events into outbox rows. The rows and the cursor that says how far the log was read commit together: a crash loses
/// nothing and makes nothing twice, and of several replicas one wins.</summary>
internal sealed class Collector(GatewayDbContext db, AuditTail tail, AuditLog audit, Recipients recipients, TimeProvider clock)
{
    /// <summary>So many may wait for one notifier; further events wait in the audit log.</summary>
    public const int MaxPending = 10_000;

    private const int Batch = 100;

    /// <summary>Reads on from the cursor. True where there may be more.</summary>
    public async Task<bool> CollectAsync(NotifierDefinition notifier, CancellationToken cancellationToken)
    {
        var cursor = await CursorAsync(notifier.Name, cancellationToken);
        if (await db.Notifications.CountAsync(row => row.Notifier == notifier.Name && row.State == NotificationState.Pending, cancellationToken) >= MaxPending)
            return false;
        var events = await tail.ReadAsync(db, cursor, Batch, cancellationToken);
        if (events.Count == 0)
            return false;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var end = events[^1].Index;
        var moved = await db.NotifierProgress.Where(row => row.Name == notifier.Name && row.Cursor == cursor)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Cursor, end), cancellationToken);
        if (moved == 0)
            return true;
        var tooOld = 0;
        foreach (var happened in events)
        {
            if (!notifier.Tells(happened.Type, happened.Clusters, NotifierOf(happened)))
                continue;
            if (happened.At < clock.GetUtcNow() - Outbox.GivenUpAfter)
                tooOld += happened.Type == AuditEvents.NotificationGivenUp ? 0 : 1;
            else
                await AddAsync(notifier, happened, cancellationToken);
        }

        if (tooOld > 0)
        {
            audit.Add(AuditEvents.NotificationGivenUp, AuditEvents.Gateway, details:
                [("notifier", notifier.Name), ("events", tooOld.ToString(CultureInfo.InvariantCulture)), ("error", "They were older than a day when the notifier came to them.")]);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
        Failpoint.Reach("notification.collected");
        return true;
    }

    /// <summary>A notifier that is new begins at the end of the log: what was before is nobody's news.</summary>
    private async Task<long> CursorAsync(string name, CancellationToken cancellationToken)
    {
        if (await db.NotifierProgress.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellationToken) is { } known)
            return known.Cursor;
        var end = await db.AuditEvents.MaxAsync(row => (long?)row.Index, cancellationToken) ?? 0;
        db.NotifierProgress.Add(new NotifierProgress { Name = name, Cursor = end });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return end;
        }
        catch (DbUpdateException) when (db.NotifierProgress.AsNoTracking().Any(row => row.Name == name))
        {
            // Another replica began it at the same time.
            return await db.NotifierProgress.AsNoTracking().Where(row => row.Name == name).Select(row => row.Cursor).SingleAsync(cancellationToken);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    private async Task AddAsync(NotifierDefinition notifier, AuditEvent happened, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var all = await recipients.OfAsync(notifier, happened, cancellationToken);
        // Not for news of what was given up: two notifiers would tell each other for ever.
        if (all.Count > Recipients.Max && happened.Type != AuditEvents.NotificationGivenUp)
        {
            audit.Add(AuditEvents.NotificationGivenUp, AuditEvents.Gateway, accessRequestId: happened.AccessRequestId, grantId: happened.GrantId, details:
            [
                ("notifier", notifier.Name), ("event", happened.Index.ToString(CultureInfo.InvariantCulture)), ("recipients", (all.Count - Recipients.Max).ToString(CultureInfo.InvariantCulture)),
                ("error", $"One event is mailed to {Recipients.Max} people at most; these many more were meant."),
            ]);
        }

        foreach (var recipient in all.Take(Recipients.Max))
        {
            db.Notifications.Add(new Notification
            {
                Id = Identifier.New("nf"),
                Notifier = notifier.Name,
                EventIndex = happened.Index,
                Recipient = recipient.Address,
                UserId = recipient.UserId,
                AsksForVerdict = recipient.AsksForVerdict,
                About = happened.AccessRequestId ?? happened.GrantId,
                CreatedAt = now,
                State = NotificationState.Pending,
                NextAttemptAt = now,
            });
        }
    }

    private static string? NotifierOf(AuditEvent happened) =>
        happened.Type == AuditEvents.NotificationGivenUp ? happened.ToView().Details.GetValueOrDefault("notifier") : null;
}
