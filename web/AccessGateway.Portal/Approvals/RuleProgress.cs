namespace AccessGateway.Portal.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>How far an approval rule has come.</summary>
/// <param name="Reviewers">Who may review under it, in words.</param>
public sealed record RuleProgress(string Reviewers, int Given, int Required)
{
    internal static IReadOnlyList<RuleProgress> Of(AccessRequest request) => [.. request.Rules.Select(rule => new RuleProgress(
        rule.Reviewers.ToString(),
        request.Reviews.Count(review => review.Verdict == ReviewVerdict.Approve && rule.Reviewers.Include(new PersonFacts(review.Reviewer, review.ReviewerGroups))),
        rule.Required))];
}
