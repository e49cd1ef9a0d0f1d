namespace AccessGateway.SignIn;

using AccessGateway.Contracts;

/// <summary>What an action asks of the person: which factors count, how old the MFA may be, and whether it needs MFA of its own.</summary>
/// <param name="MaxAge">A proof counts no longer than <see cref="StepUpProof.Lifetime"/>; beyond that, this is how long the MFA of
/// an action serves further ones of the same kind by the same login.</param>
/// <param name="Methods">Of <see cref="StepUpMethods"/>.</param>
/// <param name="Privileged">Never served by the MFA of an earlier action.</param>
internal sealed record StepUpRequirement(TimeSpan MaxAge, IReadOnlyList<string> Methods, bool Privileged)
{
    /// <summary>For what concerns the account itself: any factor, fresh each time.</summary>
    public static readonly StepUpRequirement Fresh = new(StepUpProof.Lifetime, StepUpMethods.Factors, Privileged: true);

    /// <summary>For adding a factor: a recovery code will do too, or who has lost the phone could never add the next one.</summary>
    public static readonly StepUpRequirement AddFactor = Fresh with { Methods = [.. StepUpMethods.Factors, StepUpMethods.Recovery] };
}
