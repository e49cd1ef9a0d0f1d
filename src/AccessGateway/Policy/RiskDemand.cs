namespace AccessGateway.Policy;

using AccessGateway.Contracts;

/// <summary>What a policy demands besides an offer's own approval from a level of risk upwards. What is not known is above every
/// level.</summary>
/// <param name="Denied">Whether nobody gets it; then there are no rules.</param>
/// <param name="Rules">All must be met, with those of the offer.</param>
internal sealed record RiskDemand(RiskLevel From, bool Denied, IReadOnlyList<ApprovalRule> Rules)
{
    public bool Concerns(RiskLevel risk) => risk >= From;
}
