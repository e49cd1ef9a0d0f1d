namespace AccessGateway.Kubectl.Tests.Login;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.LocalFiles;
using AccessGateway.Kubectl.Tests.Fakes;

public sealed class MachineLoginTests
{
    /// <summary>A projected token is another one every few minutes: what counts is the file, at the moment of asking.</summary>
    [Fact]
    public async Task Login_ServiceAccount_ReadsTheFileAgainWhenTheAccessTokenRunsOut()
    {
        await using var fixture = await PluginFixture.StartAsync();
        var file = Path.Combine(fixture.Home, "token");
        await File.WriteAllTextAsync(file, "first\n", TestContext.Current.CancellationToken);
        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile, "--service-account-token", file, "--cluster", "dev");
        Assert.Equal((0, ""), (result.ExitCode, result.Out));
        await File.WriteAllTextAsync(file, "second", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(["first"], fixture.Gateway.OAuth.Machines.Select(form => form["assertion"]));

        fixture.Time.Advance(fixture.Gateway.OAuth.Lifetime);
        Assert.Equal(0, (await fixture.RunAsync("whoami")).ExitCode);
        Assert.Equal(["first", "second"], fixture.Gateway.OAuth.Machines.Select(form => form["assertion"]));
        Assert.All(fixture.Gateway.OAuth.Machines, form => Assert.Equal((OAuth.JwtBearerGrant, "dev", OAuth.ClientId), (form["grant_type"], form["cluster"], form["client_id"])));
        Assert.DoesNotContain("second", Encoding.UTF8.GetString(PrivateFile.Read(fixture.Paths.LoginFile)!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("PS256")]
    public async Task Login_Client_SendsAnAssertionThatItsKeySigned(string algorithm)
    {
        await using var fixture = await PluginFixture.StartAsync();
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var file = Path.Combine(fixture.Home, "bot.key");
        await File.WriteAllTextAsync(file, algorithm == "ES256" ? ecdsa.ExportECPrivateKeyPem() : rsa.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        for (var i = 0; i < 2; i++)
        {
            var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile, "--client", "deploy-bot", "--key", file, "--audience", "https://access.example/");
            Assert.Equal(0, result.ExitCode);
        }

        var assertions = fixture.Gateway.OAuth.Machines.Select(form => form["client_assertion"].Split('.')).ToList();
        foreach (var parts in assertions)
        {
            var (data, signature) = (Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]));
            Assert.True(algorithm == "ES256" ? ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256) : rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        }

        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(assertions[0][1]));
        using var again = JsonDocument.Parse(Base64Url.DecodeFromChars(assertions[1][1]));
        Assert.Equal(("deploy-bot", "deploy-bot", "https://access.example"), (Text("iss"), Text("sub"), Text("aud")));
        Assert.Equal(120, claims.RootElement.GetProperty("exp").GetInt64() - fixture.Time.GetUtcNow().ToUnixTimeSeconds());
        Assert.NotEqual(Text("jti"), again.RootElement.GetProperty("jti").GetString());

        string? Text(string name) => claims.RootElement.GetProperty(name).GetString();
    }

    /// <summary>A machine has no refresh token: logging out, or in anew, gives its access token back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Logout_Machine_AccessTokenIsRevoked(bool client)
    {
        await using var fixture = await PluginFixture.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(fixture.Home, "proof");
        await File.WriteAllTextAsync(file, client ? key.ExportECPrivateKeyPem() : "token", TestContext.Current.CancellationToken);
        string[] who = client ? ["--client", "deploy-bot", "--key", file] : ["--service-account-token", file, "--cluster", "dev"];
        for (var i = 0; i < 2; i++)
            Assert.Equal(0, (await fixture.RunAsync(["login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile, .. who])).ExitCode);
        Assert.Equal(["access_token:access-1"], fixture.Gateway.OAuth.Revoked);
        var result = await fixture.RunAsync("logout");
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
        Assert.Equal(["access_token:access-1", "access_token:access-2"], fixture.Gateway.OAuth.Revoked);
    }

    /// <summary>What has run out need not be given back; what cannot be given back is gone here all the same, and that is said.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Logout_MachineExpiredOrWithoutItsKey_NothingRevoked(bool expired)
    {
        await using var fixture = await PluginFixture.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(fixture.Home, "bot.key");
        await File.WriteAllTextAsync(file, key.ExportECPrivateKeyPem(), TestContext.Current.CancellationToken);
        await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile, "--client", "deploy-bot", "--key", file);
        if (expired)
            fixture.Time.Advance(fixture.Gateway.OAuth.Lifetime);
        else
            File.Delete(file);
        var result = await fixture.RunAsync("logout");
        Assert.Equal((0, !expired), (result.ExitCode, result.Error.StartsWith("warning:", StringComparison.Ordinal)));
        Assert.Empty(fixture.Gateway.OAuth.Revoked);
        Assert.False(File.Exists(fixture.Paths.LoginFile));
    }

    [Theory]
    [InlineData("--service-account-token and --cluster go together", "--service-account-token", "file")]
    [InlineData("--service-account-token and --cluster go together", "--cluster", "dev")]
    [InlineData("--client and --key go together", "--client", "bot")]
    [InlineData("either --service-account-token or --client", "--service-account-token", "file", "--cluster", "dev", "--client", "bot", "--key", "file")]
    [InlineData("is no cluster's name", "--service-account-token", "file", "--cluster", "../dev")]
    public async Task Login_OptionsThatDoNotFit_BadUsage(string message, params string[] options)
    {
        await using var fixture = await PluginFixture.StartAsync();
        var result = await fixture.RunAsync(["login", "--server", fixture.Gateway.Address, .. options]);
        Assert.Equal(ExitCodes.BadUsage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "there is no file")]
    [InlineData("nonsense", "holds no private key")]
    public async Task Login_ClientWithoutUsableKey_SaysSo(string? key, string message)
    {
        await using var fixture = await PluginFixture.StartAsync();
        var file = Path.Combine(fixture.Home, "bot.key");
        if (key is not null)
            await File.WriteAllTextAsync(file, key, TestContext.Current.CancellationToken);
        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile, "--client", "deploy-bot", "--key", file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(fixture.Gateway.OAuth.Machines);
    }
}
