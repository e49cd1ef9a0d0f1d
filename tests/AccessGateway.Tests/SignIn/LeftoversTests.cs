namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.EntityFrameworkCore.Models;
using Xunit;

public sealed class LeftoversTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Remove_EndedUsedAndExpired_GoneAndTheRestStays(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var (alice, _) = await gateway.EnrolAsync("alice");
        await gateway.LoginByDeviceAsync(client, alice);
        await gateway.AuthorizeAsync(client, alice);
        await gateway.AuthorizationCodeAsync(client, alice);
        await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "carol", [], default));
        await DeviceFlow.PollAsync(client, (await DeviceFlow.StartDeviceAsync(client)).DeviceCode!);
        Assert.Equal(0, await RemoveAsync(gateway));

        gateway.Clock.Advance(TimeSpan.FromDays(2));
        var fresh = await gateway.AuthorizeAsync(client, alice);
        await gateway.ProveAsync(alice, StepUpActions.User("alice"));
        Assert.InRange(await RemoveAsync(gateway), 15, 40);
        Assert.Equal(0, await RemoveAsync(gateway));
        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            Assert.Equal(["browser", "plugin"], (await db.Logins.ToListAsync()).Select(login => login is PluginLogin ? "plugin" : "browser").Order());
            Assert.Single(await db.StepUpProofs.ToListAsync());
            Assert.Empty(await db.Enrolments.ToListAsync());
            Assert.Empty(await db.DevicePolls.ToListAsync());
            Assert.Single(await db.Set<OpenIddictEntityFrameworkCoreAuthorization>().ToListAsync());
            return 0;
        });

        // What is left works, and what was used is still known to have been.
        Assert.NotNull((await RefreshAsync(client, fresh)).AccessToken);
        Assert.Equal("invalid_grant", (await RefreshAsync(client, fresh)).Error);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "plugin_login.ended" && row.Details["why"] == LoginEnd.Reuse);
    }

    /// <summary>A token whose row is gone is refused, not a bug.</summary>
    [Fact]
    public async Task Refresh_AfterItsRowsAreGone_InvalidGrant()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var tokens = await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"));
        gateway.Clock.Advance(TimeSpan.FromDays(3));
        await RemoveAsync(gateway);
        Assert.Equal("invalid_grant", (await RefreshAsync(client, tokens)).Error);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Remove_MoreThanABatchOnTwoGatewaysAtOnce_All(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        var alice = await pair.First.AddUserAsync("alice");
        await pair.First.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            var now = pair.Clock.GetUtcNow();
            db.Logins.AddRange(Enumerable.Range(0, 2 * Leftovers.Batch + 1).Select(_ => new BrowserLogin
            {
                Id = Identifier.New("bl"), UserId = alice.Caller.UserId, CreatedAt = now, LastSeenAt = now, EndedAt = now, Address = "::1", UserAgent = "",
            }));
            return await db.SaveChangesAsync();
        });
        pair.Clock.Advance(TimeSpan.FromDays(2));
        var removed = await Task.WhenAll(RemoveAsync(pair.First), RemoveAsync(pair.Second));
        Assert.Equal(2 * Leftovers.Batch + 1, removed.Sum());
    }

    /// <summary>The other loops stay away: each of their turns in three days would be made up for.</summary>
    [Fact]
    public async Task Loop_AsTimePasses_Removes()
    {
        await using var gateway = await TestGateway.CreateAsync(configure: services => services.AddHostedService<TidyUp>());
        var alice = await gateway.AddUserAsync("alice");
        await gateway.BrowserAsync(alice);
        await gateway.ListenAsync();
        gateway.Clock.Advance(TimeSpan.FromDays(3));
        await Eventually.TrueAsync(async () =>
        {
            gateway.Clock.Advance(TidyUp.Period);
            return await gateway.InScopeAsync(async services => !await services.GetRequiredService<GatewayDbContext>().Logins.AnyAsync());
        });
    }

    private static Task<int> RemoveAsync(TestGateway gateway) => gateway.WithAsync<Leftovers, int>(leftovers => leftovers.RemoveAsync(default));

    private static Task<TokenAnswer> RefreshAsync(HttpClient client, TokenAnswer tokens) =>
        ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken! });
}
