namespace AccessGateway.SignIn;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>The ten codes that a user keeps for the day the factors are gone. Shown once, stored as hashes.</summary>
internal sealed class RecoveryCodes(GatewayDbContext db, StepUps stepUps, FactorTrail trail)
{
    public Task<int> CountAsync(Caller caller, CancellationToken cancellationToken) =>
        db.RecoveryCodes.CountAsync(code => code.UserId == caller.UserId && code.UsedAt == null, cancellationToken);

    /// <summary>Makes ten new ones; the old ones are void.</summary>
    /// <param name="proof">A step-up proof for <c>factor:recovery-codes</c>.</param>
    public async Task<Outcome<IReadOnlyList<string>>> ReplaceAsync(Caller caller, string? proof, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await stepUps.SpendAsync(caller, Contracts.StepUpActions.RecoveryCodes, proof, StepUpRequirement.Fresh, cancellationToken) is { } refusal)
            return refusal;
        var codes = await ReplaceAsync(db, caller.UserId, cancellationToken);
        trail.RecoveryCodesReplaced(caller);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return codes;
    }

    /// <summary>The same in the caller's unit of work, for enrolment.</summary>
    public static async Task<List<string>> ReplaceAsync(GatewayDbContext db, string userId, CancellationToken cancellationToken)
    {
        await db.RecoveryCodes.Where(row => row.UserId == userId).ExecuteDeleteAsync(cancellationToken);
        var codes = Enumerable.Range(0, RecoveryCode.Count).Select(_ => RecoveryCode.NewCode()).ToList();
        db.RecoveryCodes.AddRange(codes.Select(code => new RecoveryCode { UserId = userId, Hash = RecoveryCode.HashOf(code)! }));
        return codes;
    }
}
