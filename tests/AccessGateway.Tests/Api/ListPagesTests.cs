namespace AccessGateway.Tests.Api;

using System.Net;
using System.Text.RegularExpressions;
using AccessGateway.Testing;
using Xunit;

/// <summary>The portal's lists: narrowed by a form of GET, page by page under the same filter.</summary>
public sealed partial class ListPagesTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private TestUser _alice = null!;
    private Browser _hers = null!;
    private Browser _roots = null!;

    public async ValueTask InitializeAsync()
    {
        _gateway = await TestGateway.CreateAsync(documents: WorkflowDocuments.Yaml());
        await _gateway.ListenAsync();
        _alice = await _gateway.AddUserAsync("alice", "platform");
        _hers = await Browser.SignedInAsync(_gateway, _alice);
        _roots = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("root", "administrators", "sre"));
    }

    public async ValueTask DisposeAsync()
    {
        _hers.Dispose();
        _roots.Dispose();
        await _gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("?state=pending", 1)]
    [InlineData("?state=approved&text=VIEWER&cluster=dev&role=requester", 1)]
    [InlineData("?cluster=prod", 0)]
    [InlineData("?text=nothing+of+that", 0)]
    [InlineData("?role=reviewer", 0)]
    [InlineData("?state=nonsense", 0)]
    public async Task Requests_Filtered_WhatFitsAndTheFieldsKeepIt(string query, int expected)
    {
        await _gateway.SubmitAsync(_alice);
        await _gateway.SubmitAsync(_alice, "admin");
        var page = await PageAsync(_hers, $"/requests{query}");
        Assert.Equal(expected, Rows().Count(page));
        Assert.Equal(expected == 0, page.Contains("Nothing fits this filter. <a href=\"/requests\">Show all</a>", StringComparison.Ordinal));
        Assert.Equal(query.Length > 0, page.Contains("<a class=\"button\" href=\"/requests\">Show all</a>", StringComparison.Ordinal));
        Assert.Equal(query.Contains("VIEWER", StringComparison.Ordinal), page.Contains("value=\"VIEWER\"", StringComparison.Ordinal));
        Assert.Equal(query.Contains("=pending", StringComparison.Ordinal), SelectedPending().IsMatch(page));
        Assert.All(Inputs().Matches(page), input => Assert.Contains($"<label for=\"{input.Groups[1].Value}\">", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_MoreThanAPage_OlderKeepsTheFilter()
    {
        for (var count = 0; count < 51; count++)
        {
            await _gateway.SubmitAsync(_alice);
            _gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await _gateway.SubmitAsync(_alice, "admin");
        var first = await PageAsync(_hers, "/requests?text=viewer&state=approved");
        Assert.Equal(50, Rows().Count(first));
        var older = WebUtility.HtmlDecode(Older().Match(first).Groups[1].Value);
        Assert.StartsWith("/requests?state=approved&text=viewer&before=", older, StringComparison.Ordinal);
        var second = await PageAsync(_hers, older);
        Assert.Equal(1, Rows().Count(second));
        Assert.DoesNotMatch(Older(), second);
        Assert.Contains("href=\"/requests?state=approved&amp;text=viewer\"", second, StringComparison.Ordinal);
    }

    /// <summary>However many wait, the last of them is on a page.</summary>
    [Fact]
    public async Task Reviews_MoreThanAPageWaits_AllAreReached()
    {
        var ids = new List<string>();
        for (var count = 0; count < 52; count++)
        {
            ids.Add((await _gateway.SubmitAsync(_alice, "admin")).Id);
            _gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await PageAsync(_roots, "/reviews?text=ALICE");
        var second = await PageAsync(_roots, WebUtility.HtmlDecode(Older().Match(first).Groups[1].Value));
        Assert.All(ids, id => Assert.True(Waits(first, id) || Waits(second, id)));
        Assert.Contains("Nothing fits this filter. <a href=\"/reviews\">", await PageAsync(_roots, "/reviews?cluster=prod"), StringComparison.Ordinal);

        static bool Waits(string page, string id) => page.Contains($"<a class=\"button primary\" href=\"/requests/{id}\">", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grants_ByStateAndWhose_OnesOwnAndForAuditorsAll()
    {
        var grant = await _gateway.GrantAsync(_alice);
        foreach (var (browser, query, found) in new[] { (_hers, "", true), (_hers, "?state=active", true), (_hers, "?state=revoked", false), (_roots, "", true), (_roots, "?whose=mine", false), (_roots, "?state=nonsense", false) })
            Assert.Equal(found, (await PageAsync(browser, $"/grants{query}")).Contains($"href=\"/grants/{grant.Id}\"", StringComparison.Ordinal));

        using var eve = await Browser.SignedInAsync(_gateway, await _gateway.AddUserAsync("eve", "platform"));
        foreach (var query in new[] { "", "?whose=everybody", "?state=active" })
            Assert.DoesNotContain(grant.Id, await PageAsync(eve, $"/grants{query}"), StringComparison.Ordinal);
        Assert.DoesNotContain(grant.AccessRequestId, await PageAsync(eve, "/requests"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_NothingFits_SaysSoAndOffersAll()
    {
        await _gateway.SubmitAsync(_alice);
        Assert.Contains("Nothing fits this filter. <a href=\"/audit\">Show all</a>", await PageAsync(_roots, "/audit?person=nobody"), StringComparison.Ordinal);
        var page = await PageAsync(_roots, "/audit?type=access_request.submitted");
        Assert.Equal(1, Rows().Count(page));
        // What somebody puts into an address is text on the page.
        Assert.DoesNotContain("<script>x", await PageAsync(_roots, "/requests?text=%22%3E%3Cscript%3Ex"), StringComparison.Ordinal);
    }

    private static async Task<string> PageAsync(Browser browser, string path)
    {
        var (status, text, _) = await browser.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, status);
        return text;
    }

    [GeneratedRegex("<th scope=\"row\"")]
    private static partial Regex Rows();

    [GeneratedRegex("id=\"older\" rel=\"next\" href=\"([^\"]*)\"")]
    private static partial Regex Older();

    [GeneratedRegex("<option value=\"pending\" selected")]
    private static partial Regex SelectedPending();

    [GeneratedRegex("<(?:input|select) id=\"([a-z]+)\"")]
    private static partial Regex Inputs();
}
