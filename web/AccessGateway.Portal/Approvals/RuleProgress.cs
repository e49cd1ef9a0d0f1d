namespace AccessGateway.Portal.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;

/// <summary>How far an approval rule has come.</summary>
/// <param name="Reviewers">Who may review under it, in words.</param>
/// <param name="Given">Approvals that count for this rule and for no other.</param>
public sealed record RuleProgress(string Reviewers, int Given, int Required)
{
    internal static IReadOnlyList<RuleProgress> Of(AccessRequest request)
    {
        var given = Quorum.Given(request.Rules, [.. request.CurrentReviews], request.ReviewsSince);
        return [.. request.Rules.Select((rule, index) => new RuleProgress(rule.Escalation is { } later ? $"{rule.Reviewers}; after {Contracts.DurationText.Format(later.After)} also {later.Reviewers}" : rule.Reviewers.ToString(), given[index], rule.Required))];
    }
}
