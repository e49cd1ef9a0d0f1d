namespace AccessGateway.Portal.Tests;

using AccessGateway.Contracts;
using AccessGateway.Portal.AccessRequests;
using AccessGateway.Portal.Approvals;
using AccessGateway.Portal.Audit;
using AccessGateway.Portal.Layout;
using AccessGateway.Portal.Logins;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

/// <summary>What pages are made of, with hostile texts in it: the Content-Security-Policy allows no inline style and no script.</summary>
public sealed class ContentSecurityTests : BunitContext
{
    private const string Hostile = "\"><script>alert(1)</script><i style=\"color:red\" onclick=\"x()\">\u202E";

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public ContentSecurityTests() => Services.AddSingleton<TimeProvider>(new FakeTimeProvider(Now));

    [Fact]
    public void Render_AuditTable_HasNothingInline() => Check(Render<AuditTable>(parameters => parameters
        .Add(it => it.Caption, "Events")
        .Add(it => it.Events, [new AuditEventView(1, Now, "access_request.submitted", "alice", "ar-1", "gr-1", "dev", new Dictionary<string, string> { ["reason"] = Hostile })])));

    [Fact]
    public void Render_ReviewList_HasNothingInline() => Check(Render<ReviewList>(parameters => parameters
        .Add(it => it.Request, Request(AccessRequestState.Pending))
        .Add(it => it.Rules, [new RuleProgress("group security", 0, 1)])));

    [Fact]
    public void Render_Field_HasNothingInline() => Check(Render<Field>(parameters => parameters
        .Add(it => it.Id, "reason").Add(it => it.Label, "Reason").Add(it => it.Value, Hostile).Add(it => it.Error, Hostile)));

    [Fact]
    public void Render_LoginTable_HasNothingInlineAndEndsOnlyOthers()
    {
        Services.AddScoped<AntiforgeryStateProvider, NoAntiforgery>();
        LoginView Login(string id, bool current) => new(id, LoginKind.Plugin, "host<script>", "device", "::1", "::2", Now, Now, Now.AddHours(1), current);
        var rendered = Render<LoginTable>(parameters => parameters.Add(it => it.Caption, "Logins").Add(it => it.Logins, [Login("pl-1", current: true), Login("pl-2", current: false)]));
        Check(rendered);
        Assert.Equal("pl-2", Assert.Single(rendered.FindAll("button")).GetAttribute("value"));
        Assert.Contains("last from ::2", rendered.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Alert_HasNothingInline() => Check(Render<Alert>(parameters => parameters.Add(it => it.Message, Hostile)));

    [Theory]
    [InlineData(AccessRequestState.Pending, true, "waits for 2 approvals")]
    [InlineData(AccessRequestState.Approved, true, "the 30m begin then")]
    [InlineData(AccessRequestState.Approved, false, "alice can activate it")]
    [InlineData(AccessRequestState.Denied, true, "Ask again")]
    [InlineData(AccessRequestState.Withdrawn, false, "alice withdrew it")]
    [InlineData(AccessRequestState.Expired, true, "ran out")]
    public void Render_NextStep_SaysWhatComes(AccessRequestState state, bool own, string expected)
    {
        var rendered = Render<NextStep>(parameters => parameters.Add(it => it.Request, Request(state)).Add(it => it.IsOwn, own).Add(it => it.IsAuditor, false));
        Check(rendered);
        Assert.Contains(expected, rendered.Markup, StringComparison.Ordinal);
        Assert.Equal(own && state is not (AccessRequestState.Pending or AccessRequestState.Approved), rendered.Markup.Contains("Ask again", StringComparison.Ordinal));
    }

    private static AccessRequestView Request(AccessRequestState state) => new(
        "ar-1", state, "alice", [new("dev", RiskLevel.Low, null, null), new("prod", RiskLevel.Critical, null, null)], "admin", "cluster-admin", RoleScope.Cluster, [], "30m", Hostile, Hostile, null, Now, Now.AddDays(1), RiskLevel.Critical, 2,
        [new ReviewView("bob", ReviewVerdict.Deny, Hostile, Now)], null, "00", CanReview: false);

    private sealed class NoAntiforgery : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken? GetAntiforgeryToken() => null;
    }

    private static void Check<T>(IRenderedComponent<T> rendered)
        where T : IComponent
    {
        Assert.Empty(rendered.FindAll("script, style, [style], [onclick]"));
        Assert.DoesNotContain("\u202E", string.Concat(rendered.Nodes.Select(node => node.TextContent)), StringComparison.Ordinal);
    }
}
