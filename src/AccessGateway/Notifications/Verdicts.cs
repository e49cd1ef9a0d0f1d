namespace AccessGateway.Notifications;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using AccessGateway.SignIn;

/// <summary>Whether somebody's verdict would still change anything. Pure.</summary>
internal static class Verdicts
{
    /// <summary>Not of who has reviewed already, and not where the places that they could fill are taken: nobody is paged in vain.</summary>
    public static bool IsNeeded(AccessRequest request, User user)
    {
        if (request.State != AccessRequestState.Pending || user.Disabled || user.Id == request.RequesterId || request.Reviews.Exists(review => review.ReviewerId == user.Id))
            return false;
        var groups = User.GroupsOf(user.Groups, user.ProviderGroups);
        var rules = request.Rules;
        if (!rules.Any(rule => rule.Reviewers.Include(new PersonFacts(user.Name, groups))))
            return false;
        var theirs = new Review
        {
            AccessRequestId = request.Id, ReviewerId = user.Id, Reviewer = user.Name, ReviewerGroups = [.. groups], Verdict = ReviewVerdict.Approve, At = request.CreatedAt,
        };
        return Quorum.Given(rules, [.. request.Reviews, theirs]).Sum() > Quorum.Given(rules, request.Reviews).Sum();
    }
}
