namespace AccessGateway.Kubectl.Tests.Login;

using System.Net.Sockets;
using System.Text;
using AccessGateway.Kubectl.Login;
using AccessGateway.Kubectl.Tests.Fakes;
using Microsoft.AspNetCore.WebUtilities;

public sealed class LoginCommandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Login_InTheBrowser_StoresServerCaAndTokens()
    {
        await using var fixture = await PluginFixture.StartAsync();
        fixture.Browser = async address => await GetAsync(fixture.Gateway.OAuth.Authorize(address));

        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address + "/", "--certificate-authority", fixture.AuthorityFile);

        Assert.Equal((0, ""), (result.ExitCode, result.Out));
        Assert.Contains($"{fixture.Gateway.Address}/connect/authorize?", result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"Signed in to {fixture.Gateway.Address} as ada.\n", result.Error, StringComparison.Ordinal);
        var config = PluginConfig.Read(fixture.Paths)!;
        Assert.Equal((fixture.Gateway.Address, fixture.Ca.Pem), (config.Server, config.CertificateAuthority));
        var login = StoredLogin.Read(fixture.Paths)!;
        Assert.Equal(fixture.Time.GetUtcNow() + fixture.Gateway.OAuth.Lifetime, login.ExpiresAt);
        Assert.NotNull(login.RefreshToken);
        Assert.Equal("ada-laptop", Assert.Single(fixture.Gateway.OAuth.DeviceNames));
    }

    [Fact]
    public async Task Login_Stored_OnlyTheOwnerReadsIt()
    {
        await using var fixture = await PluginFixture.StartAsync();
        fixture.Browser = async address => await GetAsync(fixture.Gateway.OAuth.Authorize(address));

        await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile);

        Assert.All(
            [fixture.Paths.ConfigFile, fixture.Paths.LoginFile, fixture.Paths.LoginLock],
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(fixture.Paths.ConfigFolder));
    }

    [Fact]
    public async Task Login_Again_RemembersServerAndCa()
    {
        await using var fixture = await PluginFixture.SignedInAsync();
        fixture.Browser = async address => await GetAsync(fixture.Gateway.OAuth.Authorize(address));

        var former = StoredLogin.Read(fixture.Paths)!.RefreshToken;
        Assert.Equal(0, (await fixture.RunAsync("login")).ExitCode);
        Assert.Equal(["refresh_token:" + former], fixture.Gateway.OAuth.Revoked);
    }

    [Fact]
    public async Task Login_NothingStored_DemandsAServer()
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunAsync("login");

        Assert.Equal((2, "error: there is no gateway yet; give one with --server URL\n"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("http://gateway.test")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("gateway.test")]
    [InlineData("https://user:password@gateway.test")]
    [InlineData("https://gateway.test/?a=b")]
    [InlineData("file:///etc/passwd")]
    public async Task Login_ServerIsNoHttpsAddress_IsBadUsage(string server)
    {
        await using var fixture = await PluginFixture.StartAsync();

        Assert.Equal(2, (await fixture.RunAsync("login", "--server", server)).ExitCode);
        Assert.False(File.Exists(fixture.Paths.ConfigFile));
    }

    [Fact]
    public async Task Login_CaUnknown_SaysWhichOptionGivesIt()
    {
        await using var fixture = await PluginFixture.StartAsync();

        var result = await fixture.RunAsync("login", "--device", "--server", fixture.Gateway.Address);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"kubectl access login --server {fixture.Gateway.Address} --certificate-authority FILE", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Login_CertificateForAnotherName_IsRefused()
    {
        await using var fixture = await PluginFixture.StartAsync(certificateForThisMachine: false);

        var result = await fixture.RunAsync(
            "login", "--device", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: TLS to", result.Error, StringComparison.Ordinal);
        Assert.Empty(fixture.Gateway.Calls);
    }

    [Fact]
    public async Task Login_CertificateOfAnotherCa_IsRefused()
    {
        await using var fixture = await PluginFixture.StartAsync();
        await File.WriteAllTextAsync(fixture.AuthorityFile, new TestCa().Pem, Cancellation);
        var other = Path.Combine(fixture.Home, "other.crt");
        await File.WriteAllTextAsync(other, new TestCa().Pem, Cancellation);

        var result = await fixture.RunAsync("login", "--device", "--server", fixture.Gateway.Address, "--certificate-authority", other);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: TLS to", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_AuthorityFileWithoutCertificate_IsRefused()
    {
        await using var fixture = await PluginFixture.StartAsync();
        var file = Path.Combine(fixture.Home, "empty.crt");
        await File.WriteAllTextAsync(file, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", Cancellation);

        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", file);

        Assert.Equal((1, "error: the certificate authority file holds no certificate in PEM\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Login_Denied_SaysSo()
    {
        await using var fixture = await PluginFixture.StartAsync();
        fixture.Browser = async address =>
        {
            var query = QueryHelpers.ParseQuery(address.Query);
            await GetAsync(new($"{query["redirect_uri"]}?error=access_denied&state={query["state"]}"));
        };

        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile);

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("error: the login was denied\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_StrangersAtTheLoopbackPort_NeitherEndItNorGetIn()
    {
        await using var fixture = await PluginFixture.StartAsync();
        var answers = new List<string>();
        fixture.Browser = async address =>
        {
            var good = fixture.Gateway.OAuth.Authorize(address);
            var state = QueryHelpers.ParseQuery(address.Query)["state"];
            var host = $"Host: 127.0.0.1:{good.Port}\r\n";
            using var silent = new TcpClient();
            await silent.ConnectAsync("127.0.0.1", good.Port);
            foreach (var request in new[]
            {
                $"GET /callback?code=evil&state=wrong HTTP/1.1\r\n{host}\r\n",
                $"GET /callback?error=access_denied HTTP/1.1\r\n{host}\r\n",
                $"GET /callback?code=evil&state={state}&state={state} HTTP/1.1\r\n{host}\r\n",
                $"GET /favicon.ico HTTP/1.1\r\n{host}\r\n",
                $"POST /callback?code=evil&state={state} HTTP/1.1\r\n{host}\r\n",
                $"GET /callback?code=evil&state={state} HTTP/1.1\r\nHost: evil.test:{good.Port}\r\n\r\n",
                $"GET /callback?code=evil&state={state} HTTP/1.0\r\n{host}\r\n",
                $"GET /callback?code=evil&state={state}\r\n\r\n",
                $"GET /{new string('a', 9000)} HTTP/1.1\r\n{host}\r\n",
            })
            {
                answers.Add(await SendAsync(good.Port, request));
            }

            await GetAsync(good);
        };

        var result = await fixture.RunAsync("login", "--server", fixture.Gateway.Address, "--certificate-authority", fixture.AuthorityFile);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["400", "400", "400", "404", "405", "400", "400", "400", "400"], answers);
    }

    [Fact]
    public async Task Login_Interrupted_Ends130()
    {
        await using var fixture = await PluginFixture.StartAsync();
        using var interrupt = new CancellationTokenSource();
        fixture.Browser = _ => interrupt.CancelAsync();

        var result = await fixture.RunAsync(interrupt.Token, "login", "--server", fixture.Gateway.Address);

        Assert.Equal(130, result.ExitCode);
    }

    private static async Task GetAsync(Uri address)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(address);
        Assert.Contains("You can close this window", page, StringComparison.Ordinal);
    }

    /// <summary>The status of the answer; a reset counts as a refusal of what was too large to read.</summary>
    private static async Task<string> SendAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadToEndAsync()).Split(' ') is [_, var status, ..] ? status : "none";
        }
        catch (IOException)
        {
            return "400";
        }
    }
}
