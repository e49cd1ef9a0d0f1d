namespace AccessGateway.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>What the reviews given so far amount to. Pure.</summary>
internal static class Quorum
{
    /// <summary>One deny denies; approved is what every rule has enough approvers for, where nobody counts for two rules; else it
    /// stays pending.</summary>
    /// <param name="since">When the reviewers were first asked: whom a rule escalates to counts from then on after its delay.</param>
    public static AccessRequestState Of(IReadOnlyList<ApprovalRule> rules, IReadOnlyCollection<Review> reviews, DateTimeOffset since = default)
    {
        if (reviews.Any(review => review.Verdict == ReviewVerdict.Deny))
            return AccessRequestState.Denied;
        var given = Given(rules, reviews, since);
        return rules.Count > 0 && rules.Select((rule, index) => given[index] >= rule.Required).All(met => met)
            ? AccessRequestState.Approved
            : AccessRequestState.Pending;
    }

    /// <summary>How many approvals count for each rule, with the approvers shared out so that as many as possible count: a maximum
    /// matching between approvers and open places, by augmenting paths.</summary>
    public static IReadOnlyList<int> Given(IReadOnlyList<ApprovalRule> rules, IReadOnlyCollection<Review> reviews, DateTimeOffset since = default)
    {
        var places = rules.SelectMany((rule, index) => Enumerable.Repeat(index, rule.Required)).ToList();
        var approvers = reviews.Where(review => review.Verdict == ReviewVerdict.Approve).DistinctBy(review => review.ReviewerId).ToList();
        var holder = new int?[places.Count];
        for (var approver = 0; approver < approvers.Count; approver++)
            TryPlace(approver, new bool[places.Count]);
        return [.. rules.Select((_, rule) => places.Where((of, place) => of == rule && holder[place] is not null).Count())];

        bool TryPlace(int approver, bool[] tried)
        {
            for (var place = 0; place < places.Count; place++)
            {
                if (tried[place] || !Counts(rules[places[place]], approvers[approver], since))
                    continue;
                tried[place] = true;
                if (holder[place] is { } other && !TryPlace(other, tried))
                    continue;
                holder[place] = approver;
                return true;
            }

            return false;
        }
    }

    private static bool Counts(ApprovalRule rule, Review review, DateTimeOffset since) =>
        rule.Admits(new PersonFacts(review.Reviewer, review.ReviewerGroups), review.At - since);
}
