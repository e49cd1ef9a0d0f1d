namespace AccessGateway.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>What the reviews given so far amount to. Pure.</summary>
internal static class Quorum
{
    /// <summary>One deny denies; approved is what every rule has enough different approvers for; else it stays pending.</summary>
    public static AccessRequestState Of(IReadOnlyList<ApprovalRule> rules, IReadOnlyCollection<Review> reviews)
    {
        if (reviews.Any(review => review.Verdict == ReviewVerdict.Deny))
            return AccessRequestState.Denied;
        var met = rules.All(rule => reviews
            .Where(review => rule.Reviewers.Include(new PersonFacts(review.Reviewer, review.ReviewerGroups)))
            .DistinctBy(review => review.ReviewerId)
            .Count() >= rule.Required);
        return met && rules.Count > 0 ? AccessRequestState.Approved : AccessRequestState.Pending;
    }
}
