namespace AccessGateway.SignIn;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Step-up: fresh MFA, bound to one action on one object, spent with it.</summary>
internal sealed partial class StepUps(GatewayDbContext db, SecondFactor secondFactor, AttemptLimit attempts, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Wrong = new Refusal.Forbidden("The code is wrong or was used before. Wait for the next one.", ProblemCodes.StepUpFailed);
    private static readonly Refusal Stale = new Refusal.Forbidden("The step-up proof is unknown, used, too old, or was made for something else.", ProblemCodes.StepUpFailed);

    /// <summary>Checks a code and makes a proof of it.</summary>
    public async Task<Outcome<StepUpResponse>> ProveAsync(Caller caller, StepUpRequest request, CancellationToken cancellationToken)
    {
        if (request.Method != StepUpMethods.Totp)
            return new Refusal.Invalid("method", "must be totp.");
        if (!Action().IsMatch(request.Action))
            return new Refusal.Invalid("action", "must be a verb, a colon and an id, as the step_up_required problem gives it.");
        if (!TotpCodes.IsWellFormed(request.Code))
            return new Refusal.Invalid("code", "must be six digits.");
        if (await attempts.TakeAsync(caller.Name, cancellationToken) is { } locked)
            return locked;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == caller.UserId, cancellationToken);
        var right = await secondFactor.SpendAsync(user, request.Code, allowRecovery: false, cancellationToken);
        audit.Add(right ? AuditEvents.StepUpPassed : AuditEvents.StepUpFailed, caller.Name, concerns: caller.Name, details: ("action", request.Action));
        Outcome<StepUpResponse> outcome = Wrong;
        if (right)
        {
            await attempts.ForgiveAsync(caller.Name, cancellationToken);
            outcome = NewProof(caller, request.Action);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    /// <summary>Spends a proof in the caller's transaction. Null where it counts; else why it does not.</summary>
    /// <param name="maxAge">How old the MFA behind it may be.</param>
    public async Task<Refusal?> SpendAsync(Caller caller, string action, string? proof, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(proof))
            return new Refusal.StepUpRequired(action);
        var hash = HashOf(proof);
        var now = clock.GetUtcNow();
        var notBefore = now - (maxAge < StepUpProof.Lifetime ? maxAge : StepUpProof.Lifetime);
        var spent = await db.StepUpProofs
            .Where(row => row.Hash == hash && row.UserId == caller.UserId && row.Action == action && row.UsedAt == null && row.CreatedAt > notBefore)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken);
        return spent == 1 ? null : Stale;
    }

    private StepUpResponse NewProof(Caller caller, string action)
    {
        var proof = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = clock.GetUtcNow();
        db.StepUpProofs.Add(new StepUpProof { Hash = HashOf(proof), UserId = caller.UserId, Action = action, CreatedAt = now });
        return new StepUpResponse(proof, now + StepUpProof.Lifetime);
    }

    private static byte[] HashOf(string proof) => SHA256.HashData(Encoding.UTF8.GetBytes(proof));

    [GeneratedRegex(@"\A((review|activate|extend|device):[a-zA-Z0-9-]{1,40}|user:[a-z0-9][a-z0-9._@-]{0,62})\z")]
    private static partial Regex Action();
}
