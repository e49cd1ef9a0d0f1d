namespace AccessGateway.Tests.SignIn;

using System.Net;
using System.Net.Http.Headers;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;
using Xunit;

/// <summary>An access token that was used before counts no longer than one that was not.</summary>
public sealed class ApiTokenTests
{
    private static readonly Uri Grants = new("/api/v1/grants", UriKind.Relative);

    private enum Change
    {
        TokenRevoked,
        TokenDeleted,
        AuthorizationRevoked,
        LoginEnded,
        UserDisabled,
    }

    /// <summary>Written straight into the database, as another replica would.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Call_SomethingChangedSinceTheLast_Refused(DatabaseKind kind)
    {
        foreach (var change in Enum.GetValues<Change>())
            await RefusedAfterAsync(kind, change);
    }

    private static async Task RefusedAfterAsync(DatabaseKind kind, Change change)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var token = (await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"))).AccessToken;
        Assert.Equal(HttpStatusCode.OK, await CallAsync(client, token));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(client, token));
        Assert.True(await gateway.WithAsync<GatewayDbContext, int>(db => ApplyAsync(db, change)) > 0);
        Assert.True(await CallAsync(client, token) == HttpStatusCode.Unauthorized, $"a token counts after {change}");
    }

    [Fact]
    public async Task Call_TokenExpiredSinceTheLast_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var token = (await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"))).AccessToken;
        gateway.Clock.Advance(OAuthServer.AccessTokenLifetime - TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(client, token));
        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(client, token));
    }

    [Fact]
    public async Task Call_GroupsChangedSinceTheLast_TheNewOnesCount()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var token = (await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice", Groups.Administrators))).AccessToken;
        var users = new Uri("/api/v1/users", UriKind.Relative);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(client, token, users));
        await gateway.WithAsync<GatewayDbContext, int>(async db =>
        {
            (await db.Users.SingleAsync(user => user.Name == "alice")).Groups.Clear();
            return await db.SaveChangesAsync();
        });
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(client, token, users));
    }

    /// <summary>RFC 6750, 2.1 is the only way: what stands in an address is written into logs.</summary>
    [Fact]
    public async Task Call_TokenElsewhereThanInTheHeader_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var token = (await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"))).AccessToken;
        Assert.Equal(HttpStatusCode.OK, await CallAsync(client, token, scheme: "bearer"));
        using var query = await client.GetAsync(new Uri($"/api/v1/grants?access_token={token}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, query.StatusCode);
        using var form = await client.PostAsync(
            new Uri("/api/v1/grants/gr-0/relinquish", UriKind.Relative), new FormUrlEncodedContent([new("access_token", token!)]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, form.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(client, token, scheme: "Basic"));
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(client, token + "x"));
    }

    private static async Task<HttpStatusCode> CallAsync(HttpClient client, string? token, Uri? path = null, string scheme = "Bearer")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path ?? Grants);
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, token);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static Task<int> ApplyAsync(GatewayDbContext db, Change change) => change switch
    {
        Change.TokenRevoked => db.Set<OpenIddictEntityFrameworkCoreToken>().ExecuteUpdateAsync(set => set.SetProperty(token => token.Status, "revoked")),
        Change.TokenDeleted => db.Set<OpenIddictEntityFrameworkCoreToken>().ExecuteDeleteAsync(),
        Change.AuthorizationRevoked => db.Set<OpenIddictEntityFrameworkCoreAuthorization>().ExecuteUpdateAsync(set => set.SetProperty(one => one.Status, "revoked")),
        Change.LoginEnded => db.Logins.ExecuteUpdateAsync(set => set.SetProperty(login => login.EndedAt, login => login.CreatedAt)),
        _ => db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.Disabled, true)),
    };
}
