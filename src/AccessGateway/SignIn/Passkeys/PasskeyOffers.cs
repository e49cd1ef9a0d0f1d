namespace AccessGateway.SignIn;

using System.Text;
using AccessGateway.Contracts;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

/// <summary>Adds a passkey (WebAuthn level 3, 7.1): a challenge after a step-up, and what the authenticator makes of it. The challenge
/// stays here; its one row makes it count once.</summary>
internal sealed class PasskeyOffers(GatewayDbContext db, SecretBox secrets, IPasskeyHandler<User> handler, StepUps stepUps, FactorTrail trail, TimeProvider clock)
{
    private static readonly Refusal Gone = new Refusal.NotFound("No passkey waits to be made: it was, or five minutes have passed. Begin again.");
    private static readonly Refusal Refused = new Refusal.Forbidden("That passkey was not accepted. Begin again.", ProblemCodes.StepUpFailed);

    /// <param name="proof">A step-up proof for <c>factor:add-passkey</c>.</param>
    public async Task<Outcome<FactorOffer>> BeginAsync(Caller caller, string name, string? proof, CancellationToken cancellationToken)
    {
        if (FactorName.Problem(name) is { } problem)
            return new Refusal.Invalid("name", problem);
        if (await db.Passkeys.CountAsync(passkey => passkey.UserId == caller.UserId, cancellationToken) >= Passkey.Limit)
            return new Refusal.Conflict($"You have {Passkey.Limit} passkeys; remove one first.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.AddPasskey, proof, StepUpRequirement.AddFactor, cancellationToken) is { } refusal)
            return refusal;
        var made = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = caller.UserId, Name = caller.Name, DisplayName = caller.Name }, new DefaultHttpContext());
        var state = made.AttestationState ?? throw new InvalidOperationException("The handler gave no state.");
        var id = Identifier.New("fo");
        var offer = new FactorOffer
        {
            Id = id,
            UserId = caller.UserId,
            Kind = FactorKind.Passkey,
            LoginId = caller.LoginId,
            Name = name.Trim(),
            SealedState = secrets.Seal(Encoding.UTF8.GetBytes(state), nameof(FactorOffer), id, nameof(FactorOffer.SealedState)),
            Options = made.CreationOptionsJson,
            ExpiresAt = clock.GetUtcNow() + FactorOffer.PasskeyLifetime,
        };
        await db.FactorOffers.Where(row => row.UserId == caller.UserId && row.Kind == FactorKind.Passkey).ExecuteDeleteAsync(cancellationToken);
        db.FactorOffers.Add(offer);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.Entry(offer).State = EntityState.Detached;
        return offer;
    }

    /// <summary>What this login may still confirm.</summary>
    public async Task<Outcome<FactorOffer>> FindAsync(Caller caller, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var offer = await db.FactorOffers.AsNoTracking().SingleOrDefaultAsync(
            row => row.UserId == caller.UserId && row.Kind == FactorKind.Passkey && row.LoginId == caller.LoginId && row.ExpiresAt > now, cancellationToken);
        return offer is null ? Gone : offer;
    }

    /// <summary>Takes what <c>navigator.credentials.create</c> gave. The offer is spent by it, good or not.</summary>
    public async Task<Outcome<FactorView>> ConfirmAsync(Caller caller, string credential, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(caller, cancellationToken)).Is(out var offer, out var gone))
            return gone;
        var won = await db.FactorOffers
            .Where(row => row.UserId == caller.UserId && row.Kind == FactorKind.Passkey && row.LoginId == caller.LoginId && row.ExpiresAt == offer.ExpiresAt)
            .ExecuteDeleteAsync(cancellationToken);
        if (won == 0)
            return Gone;
        if (credential.Length > Passkeys.MaxAnswer)
            return Refused;

        var state = Encoding.UTF8.GetString(secrets.Open(offer.SealedState, nameof(FactorOffer), offer.Id, nameof(FactorOffer.SealedState)));
        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = new DefaultHttpContext(), CredentialJson = credential, AttestationState = state });
        if (!result.Succeeded || result.UserEntity.Id != caller.UserId)
        {
            Passkeys.ThrowIfOutage(result.Failure);
            return Refused;
        }

        return await SaveAsync(caller, offer.Name, result.Passkey, cancellationToken);
    }

    private async Task<Outcome<FactorView>> SaveAsync(Caller caller, string name, UserPasskeyInfo made, CancellationToken cancellationToken)
    {
        var passkey = new Passkey
        {
            Id = Identifier.New("pk"),
            UserId = caller.UserId,
            CredentialId = made.CredentialId,
            PublicKey = made.PublicKey,
            SignCount = made.SignCount,
            Transports = [.. (made.Transports ?? []).Where(transport => transport.Length <= 16).Take(8)],
            BackupEligible = made.IsBackupEligible,
            BackedUp = made.IsBackedUp,
            Name = name,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Passkeys.Add(passkey);
        trail.Enrolled(caller, passkey.ToView());
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException) when (db.Passkeys.AsNoTracking().Any(row => row.CredentialId == made.CredentialId))
        {
            // Of two confirmations of one credential the other was first.
            db.ChangeTracker.Clear();
            return Refused;
        }

        return passkey.ToView();
    }
}
