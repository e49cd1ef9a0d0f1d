namespace AccessGateway.Notifications;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

/// <summary>Sends what is due of one notifier's outbox.</summary>
internal sealed class Delivery(GatewayDbContext db, Outbox outbox, Channels channels, IOptions<GatewayOptions> gateway)
{
    /// <summary>One batch. True where it was sent whole, so that there may be more to do at once.</summary>
    public async Task<bool> DeliverAsync(NotifierDefinition notifier, CancellationToken cancellationToken)
    {
        await outbox.GiveUpOldAsync(notifier.Name, cancellationToken);
        if (await outbox.IsPausedAsync(notifier.Name, cancellationToken))
            return false;
        var claim = Identifier.New("nc");
        var rows = await outbox.ClaimAsync(notifier.Name, claim, cancellationToken);
        if (rows.Count == 0)
            return false;
        Failpoint.Reach("notification.claimed");

        var toSend = await ReadAsync(rows, cancellationToken);
        var byId = rows.ToDictionary(row => row.Id);
        var whole = true;
        await foreach (var (sent, result) in channels.For(notifier.Channel).SendAsync(toSend, cancellationToken))
        {
            Failpoint.Reach("notification.sent");
            // Not to be cancelled: it has been sent.
            await outbox.SettleAsync(byId[sent.Id], result, CancellationToken.None);
            whole &= result is not SendResult.Failed { EndsBatch: true };
        }

        await outbox.ReleaseAsync(claim, CancellationToken.None);
        return whole;
    }

    /// <summary>The messages; rows that nobody needs any more are settled on the way.</summary>
    private async Task<List<Outgoing>> ReadAsync(IReadOnlyList<Notification> rows, CancellationToken cancellationToken)
    {
        var indexes = rows.Select(row => row.EventIndex).ToList();
        var events = await db.AuditEvents.AsNoTracking().Where(row => indexes.Contains(row.Index)).ToDictionaryAsync(row => row.Index, cancellationToken);
        var requestIds = events.Values.Select(row => row.AccessRequestId).OfType<string>().Distinct().ToList();
        var grantIds = events.Values.Select(row => row.GrantId).OfType<string>().Distinct().ToList();
        var grants = await db.Grants.AsNoTracking().Where(row => grantIds.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);
        requestIds.AddRange(grants.Values.Select(grant => grant.AccessRequestId));
        var requests = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).Where(row => requestIds.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);
        var userIds = rows.Select(row => row.UserId).OfType<string>().Distinct().ToList();
        var users = await db.Users.AsNoTracking().Where(row => userIds.Contains(row.Id)).ToDictionaryAsync(row => row.Id, cancellationToken);

        var messages = new List<Outgoing>();
        foreach (var row in rows)
        {
            // Without its event there is nothing to say.
            if (!events.TryGetValue(row.EventIndex, out var happened))
            {
                await outbox.SettleAsync(row, new SendResult.NotNeeded(), cancellationToken);
                continue;
            }

            var grant = happened.GrantId is { } id ? grants.GetValueOrDefault(id) : null;
            var request = (happened.AccessRequestId ?? grant?.AccessRequestId) is { } requestId ? requests.GetValueOrDefault(requestId) : null;
            var user = row.UserId is { } userId ? users.GetValueOrDefault(userId) : null;
            if (row.UserId is not null && (user is null || user.Disabled || (row.AsksForVerdict && (request is null || !Verdicts.IsNeeded(request, user)))))
                await outbox.SettleAsync(row, new SendResult.NotNeeded(), cancellationToken);
            else
                messages.Add(new Outgoing(row.Id, row.Recipient, Messages.Of(happened, request, grant, gateway.Value.PublicUrl)));
        }

        return messages;
    }
}
