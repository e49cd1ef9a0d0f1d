namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Keys;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Adds an authenticator: a secret is shown after a step-up, and a code of it makes it count.</summary>
internal sealed class TotpOffers(GatewayDbContext db, SecretBox secrets, StepUps stepUps, FactorTrail trail, TimeProvider clock)
{
    private static readonly Refusal Gone = new Refusal.NotFound("No authenticator waits to be confirmed: it was, or ten minutes have passed. Begin again.");

    /// <param name="proof">A step-up proof for <c>factor:add-totp</c>.</param>
    public async Task<Outcome<TotpOffer>> BeginAsync(Caller caller, string name, string? proof, CancellationToken cancellationToken)
    {
        if (FactorName.Problem(name) is { } problem)
            return new Refusal.Invalid("name", problem);
        if (await db.TotpFactors.CountAsync(factor => factor.UserId == caller.UserId, cancellationToken) >= TotpFactor.Limit)
            return new Refusal.Conflict($"You have {TotpFactor.Limit} authenticators; remove one first.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.AddTotp, proof, StepUpRequirement.AddFactor, cancellationToken) is { } refusal)
            return refusal;
        var secret = TotpCodes.NewSecret();
        var id = Identifier.New("fo");
        var offer = new FactorOffer
        {
            Id = id,
            UserId = caller.UserId,
            Kind = FactorKind.Totp,
            LoginId = caller.LoginId,
            Name = name.Trim(),
            SealedState = secrets.Seal(secret, nameof(FactorOffer), id, nameof(FactorOffer.SealedState)),
            ExpiresAt = clock.GetUtcNow() + FactorOffer.TotpLifetime,
        };
        await db.FactorOffers.Where(row => row.UserId == caller.UserId && row.Kind == FactorKind.Totp).ExecuteDeleteAsync(cancellationToken);
        db.FactorOffers.Add(offer);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.Entry(offer).State = EntityState.Detached;
        return new TotpOffer(offer.Name, secret, offer.ExpiresAt);
    }

    /// <summary>What this login may still confirm.</summary>
    public async Task<Outcome<TotpOffer>> FindAsync(Caller caller, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var offer = await db.FactorOffers.AsNoTracking().SingleOrDefaultAsync(
            row => row.UserId == caller.UserId && row.Kind == FactorKind.Totp && row.LoginId == caller.LoginId && row.ExpiresAt > now, cancellationToken);
        return offer is null ? Gone : new TotpOffer(offer.Name, secrets.Open(offer.SealedState, nameof(FactorOffer), offer.Id, nameof(FactorOffer.SealedState)), offer.ExpiresAt);
    }

    /// <summary>A code of the new authenticator makes it count.</summary>
    public async Task<Outcome<FactorView>> ConfirmAsync(Caller caller, string code, CancellationToken cancellationToken)
    {
        if (!(await FindAsync(caller, cancellationToken)).Is(out var offer, out var gone))
            return gone;
        var now = clock.GetUtcNow();
        if (TotpCodes.Match(offer.Secret, code, now) is not { } step)
            return new Refusal.Invalid("code", "This is not the code that the new authenticator shows now. Check the device's clock.");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var spent = await db.Users.Where(user => user.Id == caller.UserId && user.LastTotpStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastTotpStep, step), cancellationToken);
        if (spent == 0)
            return new Refusal.Invalid("code", "A code of this half minute was used already. Wait for the next one.");
        var won = await db.FactorOffers.Where(row => row.UserId == caller.UserId && row.Kind == FactorKind.Totp && row.LoginId == caller.LoginId && row.ExpiresAt == offer.ExpiresAt)
            .ExecuteDeleteAsync(cancellationToken);
        if (won == 0 || await db.TotpFactors.CountAsync(row => row.UserId == caller.UserId, cancellationToken) >= TotpFactor.Limit)
            return Gone;
        var id = Identifier.New("tf");
        var factor = new TotpFactor { Id = id, UserId = caller.UserId, Name = offer.Name, SealedSecret = SecondFactor.Seal(secrets, offer.Secret, id), CreatedAt = now };
        db.TotpFactors.Add(factor);
        trail.Enrolled(caller, factor.ToView());
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return factor.ToView();
    }
}

/// <summary>An authenticator's secret on offer.</summary>
internal sealed record TotpOffer(string Name, byte[] Secret, DateTimeOffset ExpiresAt);
