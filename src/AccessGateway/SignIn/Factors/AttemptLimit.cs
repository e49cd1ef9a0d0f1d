namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// Counts attempts per account in the database. An attempt is counted before it is judged and forgiven when it succeeds, so that
/// many attempts at once, on any replica, never get more than the limit.
/// </summary>
internal sealed class AttemptLimit(GatewayDbContext db, AddressLimit addresses, TimeProvider clock)
{
    /// <summary>So many failures are free; from this one on each locks the account, twice as long as the one before.</summary>
    public const int Free = 5;

    private static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLock = TimeSpan.FromHours(1);

    /// <summary>Counts an attempt; <see cref="Refusal.Locked"/> where none is allowed now.</summary>
    public async Task<Refusal.Locked?> TakeAsync(string name, CancellationToken cancellationToken)
    {
        for (; ; )
        {
            var now = clock.GetUtcNow();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var counted = await db.FailedAttempts
                .Where(attempts => attempts.Name == name && (attempts.LockedUntil == null || attempts.LockedUntil <= now))
                .ExecuteUpdateAsync(set => set.SetProperty(attempts => attempts.Count, attempts => attempts.Count + 1).SetProperty(attempts => attempts.LastAt, now), cancellationToken);
            var attempts = await db.FailedAttempts.AsNoTracking().SingleOrDefaultAsync(row => row.Name == name, cancellationToken);
            if (attempts is null)
            {
                if (await TryInsertAsync(name, now, cancellationToken))
                {
                    await transaction.CommitAsync(cancellationToken);
                    return null;
                }

                continue;
            }

            if (counted == 0)
            {
                // Waiting for the row took time, and whoever held it may have inserted or unlocked it: then it is tried again.
                if (attempts.LockedUntil - clock.GetUtcNow() is { } left && left > TimeSpan.Zero)
                    return new Refusal.Locked(left);
                continue;
            }

            if (attempts.Count >= Free)
            {
                var until = now + LockFor(attempts.Count);
                await db.FailedAttempts.Where(row => row.Name == name)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.LockedUntil, until), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return null;
        }
    }

    /// <summary>Counts an attempt to sign in, unless too many failed from its address.</summary>
    /// <param name="userId">Null for an unknown name.</param>
    public async Task<Refusal.Locked?> TakeAsync(string name, string? userId, string address, CancellationToken cancellationToken) =>
        await addresses.CheckAsync(address, userId, cancellationToken) ?? await TakeAsync(userId is null ? addresses.Hide(name) : name, cancellationToken);

    /// <summary>Holds a failed sign-in against its address; the caller's transaction commits it.</summary>
    public Task BlameAsync(string address, CancellationToken cancellationToken) => addresses.CountAsync(address, cancellationToken);

    /// <summary>Forgets the failures, after a success; the caller's transaction commits it.</summary>
    public Task ForgiveAsync(string name, CancellationToken cancellationToken) =>
        db.FailedAttempts.Where(attempts => attempts.Name == name).ExecuteDeleteAsync(cancellationToken);

    private static TimeSpan LockFor(int count)
    {
        var doublings = Math.Min(count - Free, 10);
        var time = FirstLock * (1 << doublings);
        return time < LongestLock ? time : LongestLock;
    }

    /// <summary>False where another replica inserted the row first.</summary>
    private async Task<bool> TryInsertAsync(string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = new FailedAttempts { Name = name, Count = 1, LastAt = now };
        db.FailedAttempts.Add(row);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException)
        {
            return false;
        }
        finally
        {
            db.Entry(row).State = EntityState.Detached;
        }
    }
}
