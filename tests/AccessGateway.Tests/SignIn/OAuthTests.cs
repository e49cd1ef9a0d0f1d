namespace AccessGateway.Tests.SignIn;

using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

public sealed class OAuthTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Refresh_SameTokenTwice_SecondRefusedAndTheFamilyRevoked(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var first = await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"));
        var second = await RefreshAsync(client, first.RefreshToken!);
        Assert.NotNull(second.AccessToken);
        gateway.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, first.RefreshToken!)).Error);
        Assert.Equal("invalid_grant", (await RefreshAsync(client, second.RefreshToken!)).Error);
    }

    [Fact]
    public async Task Refresh_UserDisabled_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var answer = await gateway.AuthorizeAsync(client, await gateway.AddUserAsync("alice"));
        await gateway.WithAsync<Users, object?>(async users => await users.SetDisabledAsync("test", "alice", disabled: true, default));
        Assert.Equal("invalid_grant", (await RefreshAsync(client, answer.RefreshToken!)).Error);
    }

    [Fact]
    public async Task Redeem_UnknownDeviceCode_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        using var client = gateway.Anonymous();
        var answer = await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["device_code"] = "nonsense" });
        Assert.NotNull(answer.Error);
    }

    private static Task<AccessGateway.Contracts.TokenAnswer> RefreshAsync(HttpClient client, string token) =>
        ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = token });
}
