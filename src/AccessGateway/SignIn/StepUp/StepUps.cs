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

/// <summary>Step-up: fresh MFA, bound to one action on one object and to the login it was given in, spent with it.</summary>
internal sealed partial class StepUps(GatewayDbContext db, SecondFactor secondFactor, AttemptLimit attempts, AuditLog audit, TimeProvider clock)
{
    private static readonly Refusal Wrong = new Refusal.Forbidden("The code is wrong or was used before. Wait for the next one.", ProblemCodes.StepUpFailed);
    private static readonly Refusal Stale = new Refusal.Forbidden("The step-up proof is unknown, used, too old, of a factor that does not count here, or was made for something else.", ProblemCodes.StepUpFailed);

    /// <summary>What is wrong with an action's form; null for nothing.</summary>
    public static Refusal? ActionProblem(string action) =>
        Action().IsMatch(action) ? null : new Refusal.Invalid("action", "must be a verb, a colon and an id, as the step_up_required problem gives it.");

    /// <summary>Checks a code and makes a proof of it.</summary>
    public async Task<Outcome<StepUpResponse>> ProveAsync(Caller caller, StepUpRequest request, CancellationToken cancellationToken)
    {
        if (Problem(request) is { } problem)
            return problem;
        if (await attempts.TakeAsync(caller.Name, cancellationToken) is { } locked)
            return locked;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == caller.UserId, cancellationToken);
        var right = await secondFactor.SpendAsync(user, request.Code, allowRecovery: request.Method == StepUpMethods.Recovery, cancellationToken);
        Outcome<StepUpResponse> outcome = Wrong;
        if (right)
        {
            await attempts.ForgiveAsync(caller.Name, cancellationToken);
            outcome = Issue(caller, request.Action, request.Method, clock.GetUtcNow());
        }

        Note(right, caller, request.Action, request.Method);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    /// <summary>Spends a proof in the caller's transaction, or finds that an earlier one serves. Null where it counts; else why it does not.</summary>
    public async Task<Refusal?> SpendAsync(Caller caller, string action, string? proof, StepUpRequirement requirement, CancellationToken cancellationToken)
    {
        if (caller.Machine is not null)
            return MachineAccess.StepUpProblem(action);
        if (string.IsNullOrEmpty(proof))
        {
            if (await ServedByAsync(caller, action, requirement, cancellationToken) is not { } earlier)
                return new Refusal.StepUpRequired(action, requirement.Methods, requirement.Privileged ? TimeSpan.Zero : requirement.MaxAge);
            audit.Add(AuditEvents.StepUpServed, caller.Name, concerns: caller.Name, details: [("action", action), ("by", earlier.Action)]);
            return null;
        }

        var now = clock.GetUtcNow();
        var spent = await Good(caller, action, proof, requirement, now).ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellationToken);
        return spent == 1 ? null : Stale;
    }

    /// <summary>Whether a proof would count at this moment, before anything is done that spends it. Null where it would.</summary>
    public async Task<Refusal?> ProblemAsync(Caller caller, string action, string proof, StepUpRequirement requirement, CancellationToken cancellationToken) =>
        await Good(caller, action, proof, requirement, clock.GetUtcNow()).AnyAsync(cancellationToken) ? null : Stale;

    private IQueryable<StepUpProof> Good(Caller caller, string action, string proof, StepUpRequirement requirement, DateTimeOffset now)
    {
        var hash = HashOf(proof);
        var notBefore = now - (requirement.MaxAge < StepUpProof.Lifetime ? requirement.MaxAge : StepUpProof.Lifetime);
        var methods = requirement.Methods;
        return db.StepUpProofs
            .Where(row => row.Hash == hash && row.UserId == caller.UserId && row.LoginId == caller.LoginId && row.Action == action && row.UsedAt == null)
            .Where(row => row.CreatedAt > notBefore && methods.Contains(row.Method));
    }

    /// <summary>The MFA of an earlier action of the same kind, in the same login, that serves this one too: so that nobody is asked
    /// again within minutes. Null where there is none, and always for a privileged role.</summary>
    public async Task<StepUpProof?> ServedByAsync(Caller caller, string action, StepUpRequirement requirement, CancellationToken cancellationToken)
    {
        if (requirement.Privileged || caller.LoginId.Length == 0)
            return null;
        var notBefore = clock.GetUtcNow() - requirement.MaxAge;
        var verb = StepUpProof.VerbOf(action);
        var methods = requirement.Methods;
        return await db.StepUpProofs.AsNoTracking()
            .Where(row => row.UserId == caller.UserId && row.LoginId == caller.LoginId && row.Verb == verb && row.UsedAt != null)
            .Where(row => row.CreatedAt > notBefore && methods.Contains(row.Method))
            .OrderByDescending(row => row.CreatedAt)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Makes a proof in the caller's unit of work; whoever calls has just checked the factor.</summary>
    /// <param name="at">When the person gave the MFA.</param>
    public StepUpResponse Issue(Caller caller, string action, string method, DateTimeOffset at)
    {
        var proof = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        db.StepUpProofs.Add(new StepUpProof
        {
            Hash = HashOf(proof),
            UserId = caller.UserId,
            LoginId = caller.LoginId,
            Action = action,
            Verb = StepUpProof.VerbOf(action),
            Method = method,
            CreatedAt = at,
        });
        return new StepUpResponse(proof, at + StepUpProof.Lifetime);
    }

    /// <summary>Which factor a proof was made with.</summary>
    public async Task<string?> MethodOfAsync(string proof, CancellationToken cancellationToken)
    {
        var hash = HashOf(proof);
        return await db.StepUpProofs.AsNoTracking().Where(row => row.Hash == hash).Select(row => row.Method).SingleOrDefaultAsync(cancellationToken);
    }

    /// <summary>Writes down that a step-up was tried.</summary>
    public void Note(bool passed, Caller caller, string action, string method) => audit.Add(
        passed ? AuditEvents.StepUpPassed : AuditEvents.StepUpFailed, caller.Name, concerns: caller.Name, details: [("action", action), ("method", method)]);

    private static Refusal? Problem(StepUpRequest request) => request switch
    {
        _ when ActionProblem(request.Action) is { } problem => problem,
        { Method: StepUpMethods.Totp } => TotpCodes.IsWellFormed(request.Code) ? null : new Refusal.Invalid("code", "must be six digits."),
        { Method: StepUpMethods.Recovery, Action: StepUpActions.AddTotp or StepUpActions.AddPasskey } =>
            RecoveryCode.HashOf(request.Code) is null ? new Refusal.Invalid("code", "must be a recovery code.") : null,
        { Method: StepUpMethods.Recovery } => new Refusal.Invalid("method", "must be totp: a recovery code counts for adding a factor alone."),
        _ => new Refusal.Invalid("method", "must be totp."),
    };

    private static byte[] HashOf(string proof) => SHA256.HashData(Encoding.UTF8.GetBytes(proof));

    [GeneratedRegex(@"\A((review|activate|extend|key|device|factor|prompt):[a-zA-Z0-9-]{1,40}|break-glass:[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}|user:[a-z0-9][a-z0-9._@:-]{0,63})\z")]
    private static partial Regex Action();
}
