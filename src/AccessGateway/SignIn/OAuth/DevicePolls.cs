namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Keeps count of polls in the database, so that a device is as slow on many replicas as on one.</summary>
internal sealed class DevicePolls(GatewayDbContext db, TimeProvider clock)
{
    /// <summary>Notes a poll of a log-in that waits. False where it came too early: the device must then wait longer each time.</summary>
    public async Task<bool> TakeAsync(string deviceCodeId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Two polls at once: the second one waits for the row, and then sees the first.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var mine = db.DevicePolls.Where(poll => poll.DeviceCodeId == deviceCodeId);
        await mine.ExecuteUpdateAsync(set => set.SetProperty(poll => poll.Pause, poll => poll.Pause), cancellationToken);
        if (await mine.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { } last)
            return await TryAddAsync(deviceCodeId, now, transaction, cancellationToken);

        var inTime = now >= last.LastAt + last.Pause;
        var pause = inTime ? last.Pause : last.Pause + DevicePoll.Interval;
        await mine.ExecuteUpdateAsync(set => set.SetProperty(poll => poll.LastAt, now).SetProperty(poll => poll.Pause, pause), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return inTime;
    }

    /// <summary>False where another poll was the first, this very moment.</summary>
    private async Task<bool> TryAddAsync(string deviceCodeId, DateTimeOffset now, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        var first = new DevicePoll { DeviceCodeId = deviceCodeId, LastAt = now, Pause = DevicePoll.Interval };
        db.DevicePolls.Add(first);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException)
        {
            return false;
        }
        finally
        {
            db.Entry(first).State = EntityState.Detached;
        }
    }
}
