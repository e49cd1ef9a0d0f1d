namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Keeps the groups that a user has from the provider, apart from those that administrators gave.</summary>
internal sealed class ProviderGroups(GatewayDbContext db, AuditLog audit)
{
    /// <summary>Sets them in the caller's transaction, which saves the event; nothing happens where they are the same.</summary>
    public async Task SetAsync(User user, string actor, IReadOnlyList<string> groups, CancellationToken cancellationToken)
    {
        if (user.ProviderGroups.Order(StringComparer.Ordinal).SequenceEqual(groups.Order(StringComparer.Ordinal)))
            return;
        var now = groups.ToList();
        await db.Users.Where(row => row.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.ProviderGroups, now), cancellationToken);
        audit.Add(AuditEvents.UserGroupsChanged, actor, concerns: user.Name, details: [
            ("user", user.Name),
            ("groups", string.Join(",", user.Groups.Union(now).Order(StringComparer.Ordinal))),
            ("added", Text(now.Except(user.ProviderGroups))),
            ("removed", Text(user.ProviderGroups.Except(now)))]);
        user.ProviderGroups = now;
    }

    private static string? Text(IEnumerable<string> groups) => string.Join(",", groups) is { Length: > 0 } text ? text : null;
}
