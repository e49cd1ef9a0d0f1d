namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

/// <summary>Step-up in the forms of the portal: what a form must ask for, and what it brought.</summary>
internal sealed class StepUpForms(GatewayDbContext db, StepUps stepUps, PasskeyStepUps passkeys, PasskeyRules rules)
{
    /// <summary>What to show to this person for this action.</summary>
    public async Task<StepUpQuestion> AskAsync(Caller caller, string action, StepUpRequirement requirement, CancellationToken cancellationToken) => new(
        action,
        requirement.Methods,
        HasTotp: await db.TotpFactors.AnyAsync(factor => factor.UserId == caller.UserId, cancellationToken),
        HasPasskey: rules.ArePossible && await db.Passkeys.AnyAsync(factor => factor.UserId == caller.UserId, cancellationToken),
        Served: await stepUps.ServedByAsync(caller, action, requirement, cancellationToken) is not null);

    /// <summary>Makes a proof of what the form brought. Where it brought nothing there is none, and the action itself decides whether an
    /// earlier one serves.</summary>
    public async Task<Outcome<StepUpAnswer>> ProveAsync(Caller caller, string action, StepUpFields fields, CancellationToken cancellationToken)
    {
        if (fields.Passkey is { } passkey)
            return Answer(await passkeys.ProveAsync(caller, action, passkey, cancellationToken));
        if (fields.Code.Length == 0)
            return new StepUpAnswer(null);
        var isRecovery = action is StepUpActions.AddTotp or StepUpActions.AddPasskey && !TotpCodes.IsWellFormed(fields.Code) && RecoveryCode.HashOf(fields.Code) is not null;
        var method = isRecovery ? StepUpMethods.Recovery : StepUpMethods.Totp;
        return Answer(await stepUps.ProveAsync(caller, new StepUpRequest { Method = method, Code = fields.Code, Action = action }, cancellationToken));
    }

    private static Outcome<StepUpAnswer> Answer(Outcome<StepUpResponse> proven) =>
        proven.Is(out var proof, out var refusal) ? new StepUpAnswer(proof.Proof) : refusal;
}

/// <summary>What a form asks for. Public, because parameters of components must be.</summary>
/// <param name="Methods">The factors that count.</param>
/// <param name="Served">An earlier step-up serves: nothing is asked for.</param>
public sealed record StepUpQuestion(string Action, IReadOnlyList<string> Methods, bool HasTotp, bool HasPasskey, bool Served)
{
    public bool TakesCode => (HasTotp && Methods.Contains(StepUpMethods.Totp)) || TakesRecovery;

    public bool TakesRecovery => Methods.Contains(StepUpMethods.Recovery);

    public bool TakesPasskey => HasPasskey && Methods.Contains(StepUpMethods.Passkey);
}

/// <summary>A proof, or none.</summary>
internal sealed record StepUpAnswer(string? Proof);

/// <summary>The step-up fields of a posted form.</summary>
/// <param name="Code">Empty where there is none.</param>
internal sealed record StepUpFields(string Code, PasskeyAnswer? Passkey)
{
    public const string CodeField = "code";
    public const string PasskeyField = "passkey";
    public const string ChallengeField = "passkey-challenge";

    public static StepUpFields Of(IFormCollection form) => new(
        form[CodeField].ToString(),
        form[PasskeyField].ToString() is { Length: > 0 } credential ? new PasskeyAnswer(form[ChallengeField].ToString(), credential) : null);
}
