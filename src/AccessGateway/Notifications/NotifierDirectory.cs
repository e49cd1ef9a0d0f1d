namespace AccessGateway.Notifications;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>How the notifiers are doing, for administrators.</summary>
internal sealed class NotifierDirectory(GatewayDbContext db, GatewayDocuments documents, TimeProvider clock)
{
    public async Task<Outcome<List<NotifierView>>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (!caller.IsAdministrator)
            return UserAdministration.NotAdministrator;
        var now = clock.GetUtcNow();
        var progress = await db.NotifierProgress.AsNoTracking().ToDictionaryAsync(row => row.Name, cancellationToken);
        var counts = await db.Notifications.GroupBy(row => new { row.Notifier, row.State })
            .Select(rows => new { rows.Key.Notifier, rows.Key.State, Count = rows.Count(), Oldest = rows.Min(row => row.CreatedAt) })
            .ToListAsync(cancellationToken);
        var views = documents.Notifiers.OrderBy(notifier => notifier.Name, StringComparer.Ordinal).Select(notifier =>
        {
            var at = progress.GetValueOrDefault(notifier.Name);
            return new NotifierView(
                notifier.Name, notifier.Channel.Kind, Count(NotificationState.Pending), Count(NotificationState.Delivered), Count(NotificationState.GivenUp),
                counts.Find(count => count.Notifier == notifier.Name && count.State == NotificationState.Pending)?.Oldest,
                at?.PausedUntil > now ? at.PausedUntil : null, at?.LastSuccessAt, at?.LastFailureAt, at?.LastError);

            int Count(NotificationState state) => counts.Find(count => count.Notifier == notifier.Name && count.State == state)?.Count ?? 0;
        });
        return views.ToList();
    }
}
