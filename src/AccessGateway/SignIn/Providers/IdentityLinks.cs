namespace AccessGateway.SignIn;

using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Ties an account that is there to a person at a provider, and unties it. Only an administrator can.</summary>
internal sealed class IdentityLinks(GatewayDbContext db, Providers providers, ProviderGroups groups, ProviderLoginEnds ends, AuditLog audit, TimeProvider clock)
{
    /// <summary>From now on the user signs in through the provider alone: the password and open enrolment links go, factors stay.</summary>
    public async Task<Outcome<User>> LinkAsync(string actor, string name, string providerName, string subject, CancellationToken cancellationToken)
    {
        if (providers.Find(providerName) is not { } provider)
            return new Refusal.Invalid("provider", $"'{providerName}' is not the name of a provider that is enabled in SignIn:Providers.");
        if (subject.Length is 0 or > ProviderIdentity.MaxSubject || subject.Any(c => c is <= ' ' or > '~'))
            return new Refusal.Invalid("subject", $"must be the provider's sub claim of the person: 1 to {ProviderIdentity.MaxSubject} printable ASCII characters.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Users.SingleOrDefaultAsync(row => row.Name == name && row.Machine == null, cancellationToken) is not { } user)
            return Unknown(name);
        var taken = await db.ProviderIdentities.AsNoTracking()
            .Where(row => row.UserId == user.Id || (row.Issuer == provider.Issuer && row.Subject == subject))
            .Join(db.Users, row => row.UserId, row => row.Id, (row, owner) => owner.Name)
            .FirstOrDefaultAsync(cancellationToken);
        if (taken is not null)
            return new Refusal.Conflict(taken == name ? $"'{name}' is linked already. Unlink first." : $"That person is linked to '{taken}' already. Unlink that one first.");

        await db.Enrolments.Where(row => row.UserId == user.Id && row.ConsumedAt == null).ExecuteDeleteAsync(cancellationToken);
        await ends.EndAllAsync(user, actor);
        user.PasswordHash = null;
        db.ProviderIdentities.Add(new ProviderIdentity { UserId = user.Id, Provider = provider.Name, Issuer = provider.Issuer, Subject = subject, CreatedAt = clock.GetUtcNow() });
        audit.Add(AuditEvents.IdentityLinked, actor, concerns: name, details: [("user", name), ("provider", provider.Name), ("subject", subject)]);
        return await SaveAsync(user, transaction, cancellationToken);
    }

    /// <summary>The user keeps name, factors and the groups that administrators gave, and needs a new enrolment link to sign in.</summary>
    public async Task<Outcome<User>> UnlinkAsync(string actor, string name, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Users.SingleOrDefaultAsync(row => row.Name == name && row.Machine == null, cancellationToken) is not { } user)
            return Unknown(name);
        if (await db.ProviderIdentities.SingleOrDefaultAsync(row => row.UserId == user.Id, cancellationToken) is not { } identity)
            return new Refusal.Conflict($"'{name}' is not linked to a provider.");
        db.ProviderIdentities.Remove(identity);
        audit.Add(AuditEvents.IdentityUnlinked, actor, concerns: name, details: [("user", name), ("provider", identity.Provider), ("subject", identity.Subject)]);
        await groups.SetAsync(user, actor, [], cancellationToken);
        await ends.EndAllAsync(user, actor);
        return await SaveAsync(user, transaction, cancellationToken);
    }

    /// <summary>The provider's name by the user's id, for lists.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(CancellationToken cancellationToken) =>
        await db.ProviderIdentities.AsNoTracking().ToDictionaryAsync(row => row.UserId, row => row.Provider, cancellationToken);

    /// <summary>Where a user would sign out besides here; null where they have no provider or it offers nothing.</summary>
    public async Task<string?> ProviderOfAsync(string userId, CancellationToken cancellationToken) =>
        await db.ProviderIdentities.AsNoTracking().Where(row => row.UserId == userId).Select(row => row.Provider).SingleOrDefaultAsync(cancellationToken);

    private async Task<Outcome<User>> SaveAsync(User user, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return user;
    }

    private static Refusal.NotFound Unknown(string name) => new($"There is no user '{name}'.");
}
