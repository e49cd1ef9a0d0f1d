namespace AccessGateway.Tests.Keys;

using System.Runtime.Versioning;
using AccessGateway.Testing;
using Xunit;

/// <summary>The key-encryption key in a token of SoftHSM's, through the gateway's own commands.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class Pkcs11KeyTests
{
    private const string NoSoftHsm = "needs SoftHSM; run tests/run.sh";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Token_FirstStartRotateAndCheck_KeyStaysInTheToken(DatabaseKind kind)
    {
        Assert.SkipWhen(SoftHsm.Module is null, NoSoftHsm);
        using var hsm = await SoftHsm.CreateAsync();
        await hsm.ImportAsync(SoftHsm.NewKey(), "kek");
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        var settings = hsm.Settings("kek");
        Assert.Equal(0, (await RunAsync("ca", "init", "dev")).ExitCode);
        Assert.Equal("New data keys for every purpose: 1 values re-encrypted.\n", (await RunAsync("keys", "rotate", "--wait", "1s")).Output);
        Assert.Equal("1 values open, 0 do not.\n", (await RunAsync("keys", "check")).Output);
        Assert.False(File.Exists(data.KeyFile));

        // Without the token nothing opens, and no file is made in its place.
        var without = await ServerProgram.RunAsync(data.Path, database.Options, new Dictionary<string, string>(), "keys", "check");
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("there is no file", without.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(data.KeyFile));

        Task<CommandResult> RunAsync(params string[] arguments) => ServerProgram.RunAsync(data.Path, database.Options, settings, arguments);
    }

    /// <summary>From a file to another key in the token, and by import of the same key without re-wrapping.</summary>
    [Fact]
    public async Task Token_AfterAFile_RewrappedOrImported()
    {
        Assert.SkipWhen(SoftHsm.Module is null, NoSoftHsm);
        using var hsm = await SoftHsm.CreateAsync();
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await File.WriteAllBytesAsync(data.KeyFile, SoftHsm.NewKey());
        File.SetUnixFileMode(data.KeyFile, UnixFileMode.UserRead);
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path);
        await gateway.FillAsync();
        var everything = $"{(await gateway.CheckAsync()).Count} values open, 0 do not.\n";
        await hsm.ImportAsync(await File.ReadAllBytesAsync(data.KeyFile), "imported", "01");
        await hsm.ImportAsync(SoftHsm.NewKey(), "fresh", "02");

        var imported = await RunAsync(hsm.Settings("imported"), "keys", "check");
        Assert.Equal((everything, ""), (imported.Output, imported.Errors));
        var wrong = await RunAsync(hsm.Settings("fresh"), "keys", "check");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("are wrapped by key kek-", wrong.Errors, StringComparison.Ordinal);

        // Both keys in one token, open at the same time.
        var both = hsm.Settings("fresh").Concat(hsm.Settings("imported", "Keys__Previous")).DistinctBy(setting => setting.Key).ToDictionary();
        Assert.Equal("5 data keys are wrapped by the configured key now.\n", (await RunAsync(both, "keys", "rotate", "--kek")).Output);
        Assert.Equal(everything, (await RunAsync(hsm.Settings("fresh"), "keys", "check")).Output);
        Assert.Equal(1, (await RunAsync(hsm.Settings("imported"), "keys", "check")).ExitCode);

        Task<CommandResult> RunAsync(Dictionary<string, string> settings, params string[] arguments) => ServerProgram.RunAsync(data.Path, database.Options, settings, arguments);
    }

    [Theory]
    [InlineData("module", "Keys:Pkcs11:Module: there is no PKCS #11 module /nowhere/module.so.")]
    [InlineData("no module", "Keys:Pkcs11:Module: /etc/passwd does not load as a PKCS #11 module")]
    [InlineData("token", "Keys:Pkcs11:TokenLabel: no token is labelled elsewhere.")]
    [InlineData("two tokens", "Keys:Pkcs11:TokenLabel: 2 tokens are labelled gateway.")]
    [InlineData("key", "Keys:Pkcs11:KeyLabel: no AES key is labelled nothing in the token.")]
    [InlineData("two keys", "Keys:Pkcs11:KeyLabel: 2 AES keys are labelled kek in the token.")]
    [InlineData("short key", "Keys:Pkcs11:KeyLabel: the key kek must have 256 bits.")]
    [InlineData("pin", "Keys:Pkcs11: the token gateway does not take the PIN.")]
    [InlineData("no pin", "Keys:Pkcs11:PinEnvironmentVariable: the environment variable NO_SUCH_PIN is not set.")]
    [InlineData("open pin file", "its mode must be 0400.")]
    public async Task Token_SomethingIsWrong_OneClearErrorAndNothingIsMade(string what, string error)
    {
        Assert.SkipWhen(SoftHsm.Module is null, NoSoftHsm);
        using var hsm = await SoftHsm.CreateAsync();
        var settings = hsm.Settings("kek");
        if (what != "key")
            await hsm.ImportAsync(SoftHsm.NewKey(what == "short key" ? 16 : 32), "kek");
        await BreakAsync(what, hsm, settings);

        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        var result = await ServerProgram.RunAsync(data.Path, database.Options, settings, "ca", "init", "dev");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: Keys:Pkcs11", result.Errors, StringComparison.Ordinal);
        Assert.Contains(error, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Trim().Split('\n'));
        Assert.DoesNotContain(SoftHsm.Pin, result.Errors, StringComparison.Ordinal);
        await using var db = database.Open();
        Assert.Empty(db.DataKeys);
        Assert.False(File.Exists(data.KeyFile));
    }

    private static async Task BreakAsync(string what, SoftHsm hsm, Dictionary<string, string> settings)
    {
        const string section = "ACCESSGATEWAY__Keys__Pkcs11__";
        switch (what)
        {
            case "module":
                settings[$"{section}Module"] = "/nowhere/module.so";
                break;
            case "no module":
                settings[$"{section}Module"] = "/etc/passwd";
                break;
            case "token":
                settings[$"{section}TokenLabel"] = "elsewhere";
                break;
            case "two tokens":
                await hsm.AddTokenAsync();
                break;
            case "key":
                settings[$"{section}KeyLabel"] = "nothing";
                break;
            case "two keys":
                await hsm.ImportAsync(SoftHsm.NewKey(), "kek", "02");
                break;
            case "pin":
                File.Delete(hsm.PinFile);
                await File.WriteAllTextAsync(hsm.PinFile, "wrong-pin");
                File.SetUnixFileMode(hsm.PinFile, UnixFileMode.UserRead);
                break;
            case "no pin":
                settings[$"{section}PinFile"] = "";
                settings[$"{section}PinEnvironmentVariable"] = "NO_SUCH_PIN";
                break;
            case "open pin file":
                File.SetUnixFileMode(hsm.PinFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
                break;
        }
    }
}
