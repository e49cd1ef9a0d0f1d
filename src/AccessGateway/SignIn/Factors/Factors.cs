namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>A user's own factors: what there are, their names, and their end. Each change needs a step-up of its own.</summary>
internal sealed class Factors(GatewayDbContext db, StepUps stepUps, FactorTrail trail)
{
    private static readonly Refusal Unknown = new Refusal.NotFound("You have no such factor.");

    /// <summary>Oldest first, authenticators before passkeys.</summary>
    public async Task<IReadOnlyList<FactorView>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var totp = await db.TotpFactors.AsNoTracking().Where(factor => factor.UserId == caller.UserId).OrderBy(factor => factor.CreatedAt).ToListAsync(cancellationToken);
        var passkeys = await db.Passkeys.AsNoTracking().Where(factor => factor.UserId == caller.UserId).OrderBy(factor => factor.CreatedAt).ToListAsync(cancellationToken);
        return [.. totp.Select(factor => factor.ToView()), .. passkeys.Select(factor => factor.ToView())];
    }

    public async Task<Outcome<FactorView>> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        (await ListAsync(caller, cancellationToken)).FirstOrDefault(factor => factor.Id == id) is { } found ? found : Unknown;

    /// <param name="proof">A step-up proof for <c>factor:rename-{id}</c>.</param>
    public async Task<Outcome<FactorView>> RenameAsync(Caller caller, string id, string name, string? proof, CancellationToken cancellationToken)
    {
        if (FactorName.Problem(name) is { } problem)
            return new Refusal.Invalid("name", problem);
        name = name.Trim();
        if (!(await FindAsync(caller, id, cancellationToken)).Is(out var factor, out var unknown))
            return unknown;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, StepUpActions.RenameFactor(id), proof, StepUpRequirement.Fresh, cancellationToken) is { } refusal)
            return refusal;
        var renamed = factor.Kind == FactorKind.Totp
            ? await db.TotpFactors.Where(row => row.Id == id && row.UserId == caller.UserId).ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, name), cancellationToken)
            : await db.Passkeys.Where(row => row.Id == id && row.UserId == caller.UserId).ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, name), cancellationToken);
        if (renamed == 0)
            return Unknown;
        trail.Renamed(caller, factor, name);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return factor with { Name = name };
    }

    /// <summary>Removes a factor, unless it is the last one: whoever has none left could never prove themselves again.</summary>
    /// <param name="proof">A step-up proof for <c>factor:remove-{id}</c>.</param>
    public async Task<Outcome<FactorView>> RemoveAsync(Caller caller, string id, string? proof, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await LockAsync(db, caller.UserId, cancellationToken);
        var factors = await ListAsync(caller, cancellationToken);
        if (factors.FirstOrDefault(row => row.Id == id) is not { } factor)
            return Unknown;
        if (factors.Count == 1)
            return new Refusal.Conflict("This is your last factor. Add another one first.", ProblemCodes.LastFactor);
        if (await stepUps.SpendAsync(caller, StepUpActions.RemoveFactor(id), proof, StepUpRequirement.Fresh, cancellationToken) is { } refusal)
            return refusal;

        await db.TotpFactors.Where(row => row.Id == id && row.UserId == caller.UserId).ExecuteDeleteAsync(cancellationToken);
        await db.Passkeys.Where(row => row.Id == id && row.UserId == caller.UserId).ExecuteDeleteAsync(cancellationToken);
        // What the factor had proven serves nothing any more.
        await db.StepUpProofs.Where(row => row.UserId == caller.UserId).ExecuteDeleteAsync(cancellationToken);
        trail.Removed(caller, factor);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return factor;
    }

    /// <summary>Takes the row's lock: of two changes at once to one user's factors the second waits and then sees the first.</summary>
    public static Task LockAsync(GatewayDbContext db, string userId, CancellationToken cancellationToken) =>
        db.Users.Where(user => user.Id == userId).ExecuteUpdateAsync(set => set.SetProperty(user => user.LastTotpStep, user => user.LastTotpStep), cancellationToken);
}
