namespace AccessGateway.Notifications;

using AccessGateway.Persistence;

/// <summary>All that there is to do for one notifier at one moment: read on in the log, then send what is due.</summary>
internal sealed class NotifierPass(Collector collector, Delivery delivery, GatewayDbContext db)
{
    public async Task RunAsync(NotifierDefinition notifier, CancellationToken cancellationToken)
    {
        while (await collector.CollectAsync(notifier, cancellationToken))
            db.ChangeTracker.Clear();
        while (await delivery.DeliverAsync(notifier, cancellationToken))
            db.ChangeTracker.Clear();
    }
}
