namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Tells users what happened to their account.</summary>
internal sealed class Notices(GatewayDbContext db, TimeProvider clock)
{
    /// <summary>How many are shown at once; older ones follow when these are read.</summary>
    public const int Shown = 5;

    /// <summary>Adds a notice to the unit of work of the change that it tells of.</summary>
    public void Tell(string userId, string text) =>
        db.Notices.Add(new Notice { Id = Identifier.New("nt"), UserId = userId, At = clock.GetUtcNow(), Text = text });

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Notice>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        await db.Notices.AsNoTracking().Where(notice => notice.UserId == caller.UserId)
            .OrderByDescending(notice => notice.At).ThenBy(notice => notice.Id).Take(Shown).ToListAsync(cancellationToken);

    /// <summary>Removes what the user has read: only those that were shown, not what came meanwhile.</summary>
    public async Task DismissAsync(Caller caller, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        // Compared here: what a form brings is nothing for a query.
        var read = (await ListAsync(caller, cancellationToken)).Select(notice => notice.Id).Intersect(ids).ToList();
        await db.Notices.Where(notice => notice.UserId == caller.UserId && read.Contains(notice.Id)).ExecuteDeleteAsync(cancellationToken);
    }
}
