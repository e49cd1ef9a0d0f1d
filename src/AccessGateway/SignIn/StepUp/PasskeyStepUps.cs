namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.EntityFrameworkCore;

/// <summary>Step-up by passkey, in a browser: the challenge is bound to user, login and action.</summary>
internal sealed class PasskeyStepUps(GatewayDbContext db, Passkeys passkeys, StepUps stepUps, TimeProvider clock)
{
    public async Task<Outcome<PasskeyQuestion>> AskAsync(Caller caller, string action, CancellationToken cancellationToken)
    {
        if (StepUps.ActionProblem(action) is { } problem)
            return problem;
        return await passkeys.AskAsync(Purpose(caller, action), await UserAsync(caller, cancellationToken));
    }

    /// <summary>Checks a passkey and makes a proof of it. Where the account is locked because somebody guesses at its codes, this still works.</summary>
    public async Task<Outcome<StepUpResponse>> ProveAsync(Caller caller, string action, PasskeyAnswer answer, CancellationToken cancellationToken)
    {
        if (StepUps.ActionProblem(action) is { } problem)
            return problem;
        var checkedAnswer = await passkeys.CheckAsync(Purpose(caller, action), answer);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var right = checkedAnswer.Is(out var passkey, out _) && passkey.User.Id == caller.UserId && await passkeys.SpendAsync(passkey, cancellationToken);
        Outcome<StepUpResponse> outcome = Passkeys.Refused;
        if (right)
            outcome = stepUps.Issue(caller, action, StepUpMethods.Passkey, clock.GetUtcNow());
        stepUps.Note(right, caller, action, StepUpMethods.Passkey);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    private Task<User> UserAsync(Caller caller, CancellationToken cancellationToken) =>
        db.Users.AsNoTracking().SingleAsync(user => user.Id == caller.UserId, cancellationToken);

    private static string Purpose(Caller caller, string action) => $"step-up|{caller.UserId}|{caller.LoginId}|{action}";
}
