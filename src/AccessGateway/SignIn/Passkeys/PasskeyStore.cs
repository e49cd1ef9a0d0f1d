namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

/// <summary>
/// What ASP.NET Core Identity's passkey handler reads of our own tables. It writes nothing through this: <see cref="Passkeys"/> and
/// <see cref="PasskeyOffers"/> do, by guarded writes, with the audit event in the same transaction.
/// </summary>
internal sealed class PasskeyStore(GatewayDbContext db) : IUserPasskeyStore<User>
{
    /// <summary>The id comes from an authenticator: anything may stand in it, and PostgreSQL takes no NUL.</summary>
    public Task<User?> FindByIdAsync(string userId, CancellationToken cancellationToken) => userId.Contains('\0', StringComparison.Ordinal)
        ? Task.FromResult<User?>(null)
        : db.Users.AsNoTracking().SingleOrDefaultAsync(user => user.Id == userId, cancellationToken);

    public Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) => db.Passkeys.AsNoTracking()
        .Where(passkey => passkey.CredentialId == credentialId)
        .Join(db.Users.AsNoTracking(), passkey => passkey.UserId, user => user.Id, (_, user) => user)
        .SingleOrDefaultAsync(cancellationToken);

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) =>
        await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(passkey => passkey.UserId == user.Id && passkey.CredentialId == credentialId, cancellationToken) is { } found
            ? Info(found)
            : null;

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken cancellationToken) =>
        [.. (await db.Passkeys.AsNoTracking().Where(passkey => passkey.UserId == user.Id).ToListAsync(cancellationToken)).Select(Info)];

    public Task<string> GetUserIdAsync(User user, CancellationToken cancellationToken) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(User user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw ReadOnly();

    public Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw ReadOnly();

    public Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) => throw ReadOnly();

    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancellationToken) => throw ReadOnly();

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<IdentityResult> CreateAsync(User user, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken cancellationToken) => throw ReadOnly();

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancellationToken) => throw ReadOnly();

    public void Dispose()
    {
        // The context belongs to the scope.
    }

    /// <summary>The stored counter is left out: the handler would refuse a lower one without saying why, and two answers at once would
    /// both pass. <see cref="Passkeys"/> compares and raises it in one guarded write, after the signature was found good.</summary>
    private static UserPasskeyInfo Info(Passkey passkey) => new(
        passkey.CredentialId, passkey.PublicKey, passkey.CreatedAt, signCount: 0, [.. passkey.Transports],
        isUserVerified: true, passkey.BackupEligible, passkey.BackedUp, attestationObject: [], clientDataJson: []);

    private static NotSupportedException ReadOnly() => new("Accounts are changed by the gateway's own services.");
}
