namespace AccessGateway.SignIn;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Enrolment: from a single-use link to a password, an authenticator and ten recovery codes.</summary>
internal sealed class Enrolments(GatewayDbContext db, SecretBox secrets, Passwords passwords, SecondFactor secondFactor, AuditLog audit, TimeProvider clock)
{
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(24);

    private static readonly Refusal Gone = new Refusal.NotFound("This enrolment link is not valid: it was used, has expired, or a newer one was made. Ask an administrator for a new one.");

    /// <summary>Adds an enrolment in the caller's transaction; returns the secret for the link, which is stored as a hash only.
    /// Older links of the user stop working. Who signs in through a provider chooses no password: the authenticator comes first.</summary>
    public async Task<string> AddAsync(User user, CancellationToken cancellationToken, TimeSpan? lifetime = null)
    {
        await RemoveOpenAsync(user, cancellationToken);
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var enrolment = new Enrolment
        {
            Id = Identifier.New("en"),
            UserId = user.Id,
            SecretHash = HashOf(secret),
            ExpiresAt = clock.GetUtcNow() + (lifetime ?? LinkLifetime),
        };
        if (await db.ProviderIdentities.AnyAsync(identity => identity.UserId == user.Id, cancellationToken))
            enrolment.SealedTotpSecret = secrets.Seal(TotpCodes.NewSecret(), nameof(Enrolment), enrolment.Id, nameof(Enrolment.SealedTotpSecret));
        db.Enrolments.Add(enrolment);
        return secret;
    }

    /// <summary>Makes the user's links stop working.</summary>
    public Task RemoveOpenAsync(User user, CancellationToken cancellationToken) =>
        db.Enrolments.Where(old => old.UserId == user.Id && old.ConsumedAt == null).ExecuteDeleteAsync(cancellationToken);

    /// <summary>The address to give to the person.</summary>
    public static string LinkOf(GatewayOptions gateway, string secret) => $"{gateway.PublicUrl.TrimEnd('/')}/enrol/{secret}";

    /// <summary>Where the enrolment stands; the authenticator's secret for the browser that has chosen the password.</summary>
    /// <param name="ticket">What <see cref="ChoosePasswordAsync"/> gave to the browser that asks.</param>
    public async Task<Outcome<EnrolmentStep>> FindAsync(string secret, CancellationToken cancellationToken, string? ticket = null)
    {
        if (await FindOpenAsync(secret, cancellationToken) is not { } found)
            return Gone;
        var (enrolment, user) = found;
        return new EnrolmentStep(user.Name, OpenSecret(enrolment, ticket), ticket);
    }

    /// <summary>First step: notes the password and offers an authenticator secret. Begun again, both are new: whoever read the link on its
    /// way and began first knows neither of those that will count.</summary>
    public async Task<Outcome<EnrolmentStep>> ChoosePasswordAsync(string secret, string password, CancellationToken cancellationToken)
    {
        if (await FindOpenAsync(secret, cancellationToken) is not { } found)
            return Gone;
        var (enrolment, user) = found;
        if (Passwords.Problem(password, user.Name) is { } problem)
            return new Refusal.Invalid("password", problem);

        var hash = await passwords.HashAsync(password, cancellationToken);
        var totp = TotpCodes.NewSecret();
        var sealedTotp = secrets.Seal(totp, nameof(Enrolment), enrolment.Id, nameof(Enrolment.SealedTotpSecret));
        var chosen = await db.Enrolments
            .Where(row => row.Id == enrolment.Id && row.ConsumedAt == null && (row.SealedTotpSecret == null || row.PasswordHash != null))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.PasswordHash, hash).SetProperty(row => row.SealedTotpSecret, sealedTotp), cancellationToken);
        return chosen == 1
            ? new EnrolmentStep(user.Name, totp, TicketOf(totp))
            : new Refusal.Conflict("This account has no password: it signs in through a provider. Go on with the authenticator.");
    }

    /// <summary>Second step: a code from the authenticator makes it all count, once. Returns the recovery codes, which nobody can
    /// show again.</summary>
    /// <param name="ticket">What <see cref="ChoosePasswordAsync"/> gave; null where a provider signs in.</param>
    public async Task<Outcome<EnrolmentResult>> ConfirmAsync(string secret, string? ticket, string code, CancellationToken cancellationToken)
    {
        if (await FindOpenAsync(secret, cancellationToken) is not { } found)
            return Gone;
        var (enrolment, user) = found;
        if (OpenSecret(enrolment, ticket) is not { } totp)
            return new Refusal.Conflict("Choose a password first, in this browser.");
        if (TotpCodes.Match(totp, code, clock.GetUtcNow()) is not { } step)
            return new Refusal.Invalid("code", "This is not the code that the authenticator shows now. Check the device's clock.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var consumed = await db.Enrolments.Where(row => row.Id == enrolment.Id && row.ConsumedAt == null && row.SealedTotpSecret == enrolment.SealedTotpSecret)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.ConsumedAt, now).SetProperty(row => row.PasswordHash, (string?)null).SetProperty(row => row.SealedTotpSecret, (byte[]?)null),
                cancellationToken);
        if (consumed == 0 || !await secondFactor.SpendStepAsync(user.Id, step, cancellationToken))
            return Gone;

        await db.Users.Where(row => row.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.PasswordHash, enrolment.PasswordHash), cancellationToken);
        var factorId = Identifier.New("tf");
        db.TotpFactors.Add(new TotpFactor { Id = factorId, UserId = user.Id, SealedSecret = SecondFactor.Seal(secrets, totp, factorId), CreatedAt = now });
        var codes = await RecoveryCodes.ReplaceAsync(db, user.Id, cancellationToken);
        audit.Add(AuditEvents.FactorEnrolled, user.Name, concerns: user.Name, details: ("factor", StepUpMethods.Totp));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new EnrolmentResult(user, codes);
    }

    private async Task<(Enrolment Enrolment, User User)?> FindOpenAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = HashOf(secret);
        var now = clock.GetUtcNow();
        var found = await db.Enrolments.AsNoTracking()
            .Where(enrolment => enrolment.SecretHash == hash && enrolment.ConsumedAt == null && enrolment.ExpiresAt > now)
            .Join(db.Users.AsNoTracking().Where(user => !user.Disabled), enrolment => enrolment.UserId, user => user.Id, (enrolment, user) => new { enrolment, user })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.enrolment, found.user);
    }

    /// <summary>The authenticator's secret, for the browser that it was made for; who comes from a provider got it there. Null for others.</summary>
    private byte[]? OpenSecret(Enrolment enrolment, string? ticket)
    {
        if (enrolment.SealedTotpSecret is null || (enrolment.PasswordHash is not null && ticket is null))
            return null;
        var totp = secrets.Open(enrolment.SealedTotpSecret, nameof(Enrolment), enrolment.Id, nameof(Enrolment.SealedTotpSecret));
        return enrolment.PasswordHash is null || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(ticket!), Encoding.UTF8.GetBytes(TicketOf(totp))) ? totp : null;
    }

    /// <summary>What shows that a browser has seen the secret, without telling it.</summary>
    private static string TicketOf(byte[] totp) => Base64Url.EncodeToString(HMACSHA256.HashData(totp, "enrolment"u8));

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

/// <summary>Where an enrolment stands.</summary>
/// <param name="TotpSecret">Null until a password is chosen in the browser that asks.</param>
/// <param name="Ticket">What that browser shows from then on.</param>
internal sealed record EnrolmentStep(string UserName, byte[]? TotpSecret, string? Ticket);

/// <summary>A finished enrolment.</summary>
internal sealed record EnrolmentResult(User User, IReadOnlyList<string> RecoveryCodes);
