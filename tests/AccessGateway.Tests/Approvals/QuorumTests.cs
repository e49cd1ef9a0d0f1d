namespace AccessGateway.Tests.Approvals;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Contracts;
using AccessGateway.Policy;
using Xunit;

public sealed class QuorumTests
{
    private static readonly ApprovalRule TwoLeads = new(2, new People(["leads"], []));
    private static readonly ApprovalRule OneSecurity = new(1, new People(["security"], []));

    [Fact]
    public void Of_NoReview_Pending() => Assert.Equal(AccessRequestState.Pending, Quorum.Of([OneSecurity], []));

    [Fact]
    public void Of_NoRule_NeverApproved() => Assert.Equal(AccessRequestState.Pending, Quorum.Of([], [Yes("a", "security")]));

    [Fact]
    public void Of_OneDenyAmongApprovals_Denied() =>
        Assert.Equal(AccessRequestState.Denied, Quorum.Of([OneSecurity], [Yes("a", "security"), No("b", "leads")]));

    /// <summary>Somebody in both groups fills one place only.</summary>
    [Fact]
    public void Of_OnePersonInBothGroups_DoesNotCountTwice()
    {
        Review[] two = [Yes("a", "leads", "security"), Yes("b", "leads")];
        Assert.Equal(AccessRequestState.Pending, Quorum.Of([TwoLeads, OneSecurity], two));
        Assert.Equal(AccessRequestState.Approved, Quorum.Of([TwoLeads, OneSecurity], [.. two, Yes("c", "leads")]));
    }

    /// <summary>Who could fill several places gives way to who can fill one: whatever order they come in.</summary>
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void Of_EnoughPeople_ApprovedInAnyOrder(params int[] order)
    {
        Review[] people = [Yes("a", "leads", "security"), Yes("b", "leads"), Yes("c", "leads")];
        Assert.Equal(AccessRequestState.Approved, Quorum.Of([OneSecurity, TwoLeads], [.. order.Select(index => people[index])]));
        Assert.Equal(AccessRequestState.Approved, Quorum.Of([TwoLeads, OneSecurity], [.. order.Select(index => people[index])]));
    }

    [Fact]
    public void Of_OneReviewerTwice_CountsOnce() => Assert.Equal(AccessRequestState.Pending, Quorum.Of([TwoLeads], [Yes("a", "leads"), Yes("a", "leads")]));

    private static Review Yes(string name, params string[] groups) => Given(name, ReviewVerdict.Approve, groups);

    private static Review No(string name, params string[] groups) => Given(name, ReviewVerdict.Deny, groups);

    private static Review Given(string name, ReviewVerdict verdict, string[] groups) => new()
    {
        AccessRequestId = "ar-1",
        ReviewerId = name,
        Reviewer = name,
        ReviewerGroups = [.. groups],
        Verdict = verdict,
        At = default,
    };
}
