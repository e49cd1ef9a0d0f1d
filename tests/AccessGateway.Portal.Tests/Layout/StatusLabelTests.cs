namespace AccessGateway.Portal.Tests.Layout;

using AccessGateway.Contracts;
using AccessGateway.Portal.Layout;
using Bunit;
using Xunit;

public sealed class StatusLabelTests : BunitContext
{
    public static TheoryData<Status> Statuses =>
    [
        .. Enum.GetValues<AccessRequestState>().Select(state => Status.Of(state, activated: false)),
        Status.Of(AccessRequestState.Approved, activated: true),
        .. Enum.GetValues<GrantState>().Select(Status.Of),
        .. Enum.GetValues<ReviewVerdict>().Select(Status.Of),
        .. Enum.GetValues<RiskLevel>().Select(Status.Of),
        .. new bool?[] { true, false, null }.Select(Status.OfHealth),
    ];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Render_EveryStatus_HasWordsAndShape(Status status)
    {
        var label = Render<StatusLabel>(parameters => parameters.Add(it => it.Of, status)).Find(".status");

        Assert.Equal(status.Words, label.TextContent);
        Assert.NotEmpty(label.TextContent);
        Assert.NotEmpty(label.QuerySelector("svg[aria-hidden=true] path")!.GetAttribute("d")!);
    }

    [Fact]
    public void Of_GrantStates_DifferInWordsAndShape()
    {
        var statuses = Enum.GetValues<GrantState>().Select(Status.Of).ToList();
        Assert.Equal(statuses.Count, statuses.DistinctBy(status => status.Words).Count());
        Assert.Equal(statuses.Count, statuses.DistinctBy(status => status.Shape).Count());
    }

    [Theory]
    [InlineData(GrantState.Active, true, "Bound")]
    [InlineData(GrantState.Active, false, "Not bound yet")]
    [InlineData(GrantState.Revoked, true, "Still bound")]
    [InlineData(GrantState.Expired, false, "Not bound")]
    public void OfBinding_StateAndBinding_SaysWhatHolds(GrantState state, bool bound, string expected)
    {
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var grant = new GrantView("gr-1", "ar-1", state, "alice", "dev", "viewer", "view", RoleScope.Cluster, [], at, at.AddHours(1), null, null, bound);
        Assert.Equal(expected, Status.OfBinding(grant).Words);
    }
}
