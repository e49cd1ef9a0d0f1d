namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>The life of a <c>kubectl access login</c> after its tokens are out: rotation, limits, ends.</summary>
public sealed class PluginLoginTests
{
    /// <summary>No leeway: a thief who is quick is noticed too.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_SameTokenTwiceAtOnceAfterAnother_LoginEndsAtOnce(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var first = await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"));
        var second = await RefreshAsync(client, first);
        Assert.Equal("invalid_grant", (await RefreshAsync(client, first)).Error);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, second));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, second)).Error);
        Assert.Contains(await gateway.AuditAsync(), row => row is { Type: "plugin_login.ended", Actor: "gateway" } && row.Details["why"] == LoginEnd.Reuse);
    }

    /// <summary>Two replicas see one token valid in the same moment: whoever else has it, the login ends.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_SameTokenManyTimesAtOnceOnTwoGateways_NobodyKeepsTheLogin(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        using var first = pair.First.Anonymous();
        using var second = pair.Second.Anonymous();
        var alice = await pair.First.AddUserAsync("alice");
        for (var round = 0; round < 5; round++)
        {
            var tokens = await pair.First.AuthorizeAsync(first, alice);
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => RefreshAsync(i % 2 == 0 ? first : second, tokens))));
            Assert.InRange(answers.Count(answer => answer.AccessToken is not null), 0, 1);
            foreach (var answer in answers.Where(answer => answer.AccessToken is not null).Append(tokens))
            {
                Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(first, answer));
                Assert.Equal("invalid_grant", (await RefreshAsync(second, answer)).Error);
            }
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Redeem_AuthorizationCodeTwice_InvalidGrantAndTheFamilyRevoked(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var code = await gateway.AuthorizationCodeAsync(client, await gateway.AddUserAsync("alice"));
        var tokens = await ApiClient.RedeemAsync(client, code);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, tokens));
        Assert.Equal("invalid_grant", (await ApiClient.RedeemAsync(client, code)).Error);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, tokens));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, tokens)).Error);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_IdleOrOldBeyondTheLimits_Refused(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var idle = await gateway.AuthorizeAsync(client, alice);
        gateway.Clock.Advance(TimeSpan.FromHours(12));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, idle)).Error);

        var used = await gateway.AuthorizeAsync(client, alice);
        for (var hours = 0; hours < 23; hours++)
        {
            gateway.Clock.Advance(TimeSpan.FromHours(1));
            used = await RefreshAsync(client, used);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, used));
        }

        gateway.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, used));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, used)).Error);
    }

    /// <summary>An access token would live on for a quarter of an hour; the login behind it does not.</summary>
    [Fact]
    public async Task Get_LoginTooOldButTokenFresh_Unauthenticated()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var tokens = await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"));
        for (var hours = 0; hours < 23; hours++)
        {
            gateway.Clock.Advance(TimeSpan.FromHours(1));
            tokens = await RefreshAsync(client, tokens);
        }

        gateway.Clock.Advance(TimeSpan.FromMinutes(55));
        tokens = await RefreshAsync(client, tokens);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, tokens));
        gateway.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, tokens));
    }

    /// <summary><c>kubectl access logout</c>: revoking the refresh token ends the whole login at the server.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Revoke_RefreshToken_LoginEndsAndNoOtherDoes(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        using var client = pair.First.Anonymous();
        var alice = await pair.First.AddUserAsync("alice");
        var (ended, other) = (await pair.First.AuthorizeAsync(client, alice), await pair.First.AuthorizeAsync(client, alice));
        using var revoked = await client.PostAsync(
            new Uri(OAuth.RevocationEndpoint, UriKind.Relative),
            new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = OAuth.ClientId, ["token"] = ended.RefreshToken!, ["token_type_hint"] = "refresh_token" }),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        using var elsewhere = pair.Second.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(elsewhere, ended));
        Assert.Equal("invalid_grant", (await RefreshAsync(elsewhere, ended)).Error);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(elsewhere, other));
        Assert.Contains(await pair.First.AuditAsync(), row => row is { Type: "plugin_login.ended", Actor: "alice" } && row.Details["why"] == LoginEnd.SignedOut);
    }

    /// <summary>OpenIddict's own rows are revoked too: without our check theirs would still refuse.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task End_PluginLogin_AuthorizationAndTokensRevoked(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var alice = await gateway.AddUserAsync("alice");
        var tokens = await RefreshAsync(client, await gateway.AuthorizeAsync(client, alice));
        var byDevice = await gateway.LoginByDeviceAsync(client, alice);
        var logins = await LoginsAsync(client, tokens);
        foreach (var login in logins)
            await gateway.WithAsync<Logins, object?>(async service => await service.EndAsync(alice.Caller, login.Id, LoginEnd.Owner, default));
        Assert.Equal(2, logins.Count);
        Assert.NotNull(byDevice.AccessToken);
        await gateway.InScopeAsync(async services =>
        {
            await foreach (var authorization in ((OpenIddict.Abstractions.IOpenIddictAuthorizationManager)services.GetService(typeof(OpenIddict.Abstractions.IOpenIddictAuthorizationManager))!).ListAsync())
                Assert.Equal("revoked", ((OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreAuthorization)authorization).Status);
            await foreach (var token in ((OpenIddict.Abstractions.IOpenIddictTokenManager)services.GetService(typeof(OpenIddict.Abstractions.IOpenIddictTokenManager))!).ListAsync())
                Assert.NotEqual("valid", ((OpenIddict.EntityFrameworkCore.Models.OpenIddictEntityFrameworkCoreToken)token).Status);
            return 0;
        });
    }

    /// <summary>SECURITY.md: a disabled user is out everywhere within 5 s. Here: at the very next request, on the other replica.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_OnOneReplica_TheOtherRefusesApiPageRefreshAndCredential(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var pair = await GatewayPair.CreateAsync(kind, api);
        var alice = await pair.First.AddUserAsync("alice", "platform");
        var root = await pair.First.AddUserAsync("root", "administrators");
        using var client = pair.Second.Anonymous();
        var tokens = await pair.Second.AuthorizeAsync(client, alice);
        using var page = await Browser.SignedInAsync(pair.Second, alice);
        var grant = await pair.Second.GrantAsync(alice);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        await pair.Second.WithAsync<AccessGateway.Clusters.TrustAnchors, string>(anchors => anchors.InitAsync("console", TestGateway.Cluster, default));
        var csr = Csr(grant.Id);
        async Task<HttpStatusCode> RenewAsync() => (await client.PostAsJsonAsync(
            $"/api/v1/grants/{grant.Id}/credential", new CredentialRequest { Csr = csr }, GatewayJson.Default.CredentialRequest)).StatusCode;
        Assert.Equal(HttpStatusCode.OK, await RenewAsync());
        Assert.Equal(HttpStatusCode.OK, (await page.GetAsync("/")).Status);

        using var admin = await pair.First.SignInAsync(root);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/users/alice/disable");
        request.Headers.Add(StepUpActions.Header, await pair.First.ProveAsync(admin, root, StepUpActions.User("alice")));
        using var disabled = await admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, disabled.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, tokens));
        Assert.Equal(HttpStatusCode.Unauthorized, await RenewAsync());
        Assert.StartsWith("/sign-in", (await page.GetAsync("/")).Location?.PathAndQuery, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await RefreshAsync(client, tokens)).Error);
        Assert.Empty(api.Objects);
    }

    private static string Csr(string grantId)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return new System.Security.Cryptography.X509Certificates.CertificateRequest($"O=jit:{grantId}, CN=alice", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static async Task<IReadOnlyList<LoginView>> LoginsAsync(HttpClient client, TokenAnswer tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me/logins");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        using var answer = await client.SendAsync(request);
        return [.. (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.PageLoginView))!.Items.Where(login => login.Kind == LoginKind.Plugin)];
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, TokenAnswer tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static Task<TokenAnswer> RefreshAsync(HttpClient client, TokenAnswer tokens) =>
        ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken! });
}
