namespace AccessGateway.Server.Tests;

using System.Text.Json;
using AccessGateway.Testing;
using Xunit;

/// <summary>The <c>ca</c> commands as an operator types them: certificates on stdout alone, so that they can be sent to a file.</summary>
public sealed class CaCommandTests : IAsyncLifetime
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";

    private TestDatabase _database = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        _gateway = await TestGateway.CreateAsync(database: _database, data: Directory.CreateTempSubdirectory("access-gateway-ca-").FullName);
    }

    public async ValueTask DisposeAsync()
    {
        var data = Path.GetDirectoryName(Path.GetDirectoryName(_gateway.CertificateAuthorityFile))!;
        await _gateway.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Rotate_BegunAndActivated_PrintsWhatToTrustAndWhatNext()
    {
        var first = await RunAsync("init", "dev");
        Assert.Equal((0, 1), (first.ExitCode, Count(first.Out)));
        Assert.Equal(first.Out, (await RunAsync("init", "dev")).Out);

        var begun = await RunAsync("rotate", "dev");
        Assert.Equal((0, 2), (begun.ExitCode, Count(begun.Out)));
        Assert.Contains("ca rotate dev --activate", begun.Error, StringComparison.Ordinal);
        Assert.Equal(["next", "signing"], await StatesAsync());

        // Nobody listens there.
        var unreachable = await RunAsync("rotate", "dev", "--activate");
        Assert.Equal((1, ""), (unreachable.ExitCode, unreachable.Out));
        Assert.Contains("cannot be asked", unreachable.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("rotate", "dev", "--activate", "--unchecked")).ExitCode);
        Assert.Equal(["signing", "outgoing"], await StatesAsync());
    }

    [Theory]
    [InlineData(2, "Give one of", "rotate", "dev", "--activate", "--finish")]
    [InlineData(2, "--unchecked goes with --activate", "rotate", "dev", "--unchecked")]
    [InlineData(2, "Required argument missing", "rotate")]
    [InlineData(1, "make one with: access-gateway ca init dev", "rotate", "dev")]
    [InlineData(1, "make one with: access-gateway ca init dev", "show", "dev")]
    [InlineData(1, "no outgoing CA", "rotate", "dev", "--finish")]
    [InlineData(1, "no next CA", "rotate", "dev", "--abandon")]
    [InlineData(1, "must be a DNS label", "init", "../dev")]
    [InlineData(1, "--pkcs11: must begin with pkcs11:", "init", "dev", "--pkcs11", "http://hsm")]
    [InlineData(1, "there is no PKCS #11 module /nowhere.so", "init", "dev", "--pkcs11", "pkcs11:token=a;object=b?module-path=/nowhere.so&pin-source=file:/pin")]
    public async Task Ca_WrongOrTooEarly_SaysWhatIsWrong(int code, string message, params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.Equal((code, true), (result.ExitCode, result.Error.Contains(message, StringComparison.Ordinal)));
        Assert.DoesNotContain(Begin, result.Out, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] arguments) => GatewayProgram.RunAsync(_gateway, _database, ["ca", .. arguments]);

    private static int Count(string pem) => pem.Split(Begin).Length - 1;

    private async Task<List<string?>> StatesAsync()
    {
        using var all = JsonDocument.Parse((await RunAsync("show", "dev", "-o", "json")).Out);
        return [.. all.RootElement.EnumerateArray().Select(each => each.GetProperty("state").GetString())];
    }
}
