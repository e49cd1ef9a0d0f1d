namespace AccessGateway.Notifications;

using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;

/// <summary>Somebody to be told.</summary>
/// <param name="UserId">Null for an address that the document names.</param>
/// <param name="AsksForVerdict">Whether they are told as a reviewer alone.</param>
internal sealed record Recipient(string Address, string? UserId, bool AsksForVerdict);

/// <summary>Finds whom an event is to be told to, as users and rules are at that moment.</summary>
internal sealed class Recipients(GatewayDbContext db)
{
    /// <summary>So many mails for one event; whoever comes after them gets none, and the audit log says so.</summary>
    public const int Max = 200;

    /// <summary>For a notifier with one receiver.</summary>
    private static readonly Recipient[] TheReceiver = [new("", null, AsksForVerdict: false)];

    /// <summary>Everybody who is meant, also beyond <see cref="Max"/>; those who are named first come first.</summary>
    public async Task<IReadOnlyList<Recipient>> OfAsync(NotifierDefinition notifier, AuditEvent happened, CancellationToken cancellationToken)
    {
        if (notifier.Channel is not ChannelDefinition.Email { To: var to })
            return TheReceiver;
        // What happens to somebody's account is their affair alone.
        if (NotificationEvents.ConcernsAccount(happened.Type))
            return to.Requester ? Distinct([.. await PersonAsync(happened.Concerns, cancellationToken), .. await FormerAsync(happened, cancellationToken)]) : [];

        var found = new List<Recipient>(to.Addresses.Select(address => new Recipient(address.ToLowerInvariant(), null, AsksForVerdict: false)));
        if (to.Administrators)
            found.AddRange(await MailableAsync(db.Users.Where(User.Administers), cancellationToken));
        if (to.Requester && happened.Concerns != happened.Actor && !IsOwnAutomatic(happened))
            found.AddRange(await PersonAsync(happened.Concerns, cancellationToken));
        if (to.Reviewers && NotificationEvents.Asks(happened.Type) && happened.AccessRequestId is { } id)
            found.AddRange(await ReviewersAsync(id, cancellationToken));
        return Distinct(found);
    }

    private static IReadOnlyList<Recipient> Distinct(IEnumerable<Recipient> found) =>
        [.. found.GroupBy(recipient => recipient.Address).Select(same => same.OrderBy(recipient => recipient.AsksForVerdict).First())];

    /// <summary>Policy approved what its requester asked for a moment ago, before their eyes.</summary>
    private static bool IsOwnAutomatic(AuditEvent happened) => happened is { Type: AuditEvents.RequestApproved, Actor: AuditEvents.Gateway };

    private async Task<IReadOnlyList<Recipient>> PersonAsync(string? name, CancellationToken cancellationToken) =>
        await MailableAsync(db.Users.Where(user => user.Name == name), cancellationToken);

    /// <summary>Where the user was reached before the address was changed, and before it was changed again: two changes in a row must not
    /// hide the first from whom it robbed.</summary>
    private async Task<IEnumerable<Recipient>> FormerAsync(AuditEvent happened, CancellationToken cancellationToken)
    {
        if (happened.Type != AuditEvents.UserEmailChanged)
            return [];
        var edge = happened.At - Outbox.GivenUpAfter;
        var former = db.FormerEmails.AsNoTracking().Where(row => row.ChangedAt > edge && row.ChangedAt <= happened.At)
            .Join(db.Users.Where(user => user.Name == happened.Concerns && user.Machine == null && !user.Disabled), row => row.UserId, user => user.Id, (row, user) => row);
        return (await former.OrderByDescending(row => row.ChangedAt).ToListAsync(cancellationToken)).Select(row => new Recipient(row.Address.ToLowerInvariant(), row.UserId, AsksForVerdict: false));
    }

    private async Task<IEnumerable<Recipient>> ReviewersAsync(string requestId, CancellationToken cancellationToken)
    {
        var request = await db.AccessRequests.AsNoTracking().Include(row => row.Reviews).SingleOrDefaultAsync(row => row.Id == requestId, cancellationToken);
        if (request is not { State: AccessRequestState.Pending })
            return [];
        var users = await Mailable(db.Users.Where(user => user.Id != request.RequesterId)).ToListAsync(cancellationToken);
        return users.Where(user => Verdicts.IsNeeded(request, user)).Select(user => Of(user, asks: true));
    }

    private static async Task<IReadOnlyList<Recipient>> MailableAsync(IQueryable<User> users, CancellationToken cancellationToken) =>
        [.. (await Mailable(users).ToListAsync(cancellationToken)).Select(user => Of(user, asks: false))];

    /// <summary>Of these, people with an address; no mail goes to machines.</summary>
    private static IQueryable<User> Mailable(IQueryable<User> users) => users.AsNoTracking()
        .Where(user => user.Machine == null && !user.Disabled && (user.Email != null || user.ProviderEmail != null)).OrderBy(user => user.Name);

    private static Recipient Of(User user, bool asks) => new((user.Email ?? user.ProviderEmail!).ToLowerInvariant(), user.Id, asks);
}
