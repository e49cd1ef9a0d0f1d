namespace AccessGateway.Tests.Keys;

using System.Text.Json;
using AccessGateway.Keys;
using AccessGateway.Testing;
using Xunit;

/// <summary><c>access-gateway keys</c> as an operator runs it: a process of its own, beside a running gateway.</summary>
public sealed class KeysCommandTests
{
    private static readonly Dictionary<string, string> NoMore = [];

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Rotate_BesideARunningGateway_NewKeysAndEverythingOpens(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        var alice = await gateway.FillAsync();
        var before = await ListAsync(database, data);
        var values = (await gateway.CheckAsync()).Count;
        Assert.All(before, key => Assert.True(key.GetProperty("values").GetInt32() > 0));

        var rotated = await ServerProgram.RunAsync(data.Path, database.Options, NoMore, "keys", "rotate", "--wait", "1s");
        Assert.Equal((0, $"New data keys for every purpose: {values} values re-encrypted.\n", ""), (rotated.ExitCode, rotated.Output, rotated.Errors));
        var after = await ListAsync(database, data);
        Assert.Equal(before.Select(key => key.GetProperty("purpose").GetString()), after.Select(key => key.GetProperty("purpose").GetString()));
        Assert.Empty(before.Select(key => key.GetProperty("id").GetString()).Intersect(after.Select(key => key.GetProperty("id").GetString())));
        Assert.Equal(before.Select(key => key.GetProperty("values").GetInt32()), after.Select(key => key.GetProperty("values").GetInt32()));
        Assert.Equal($"{values} values open, 0 do not.\n", (await ServerProgram.RunAsync(data.Path, database.Options, NoMore, "keys", "check")).Output);
        Assert.NotEmpty(await gateway.ProveAsync(alice, "activate:ar-0123456789abc"));
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "keys.rotated" && row.Actor == "console");
    }

    /// <summary>kill -9 at each step: the gateway goes on, and the next run finishes.</summary>
    [Theory]
    [InlineData("keys.after-replace")]
    [InlineData("keys.after-first-value")]
    [InlineData("keys.before-delete")]
    public async Task Rotate_Killed_TheNextRunFinishesIt(string failpoint)
    {
        foreach (var row in new Databases())
        {
            await using var database = await TestDatabase.CreateAsync(row.Data);
            using var data = new Folder();
            await using var gateway = await TestGateway.CreateAsync(row.Data, database: database, data: data.Path);
            await gateway.FillAsync();
            var killed = await ServerProgram.RunAsync(data.Path, database.Options, new Dictionary<string, string> { ["ACCESSGATEWAY_FAILPOINT"] = failpoint }, "keys", "rotate", "--wait", "1s");
            Assert.Equal(128 + 9, killed.ExitCode);
            Assert.Equal(2 * SealedColumns.Purposes.Count, (await gateway.DataKeysAsync()).Count);
            Assert.All(await gateway.CheckAsync(), state => Assert.Null(state.Problem));

            var finished = await ServerProgram.RunAsync(data.Path, database.Options, NoMore, "keys", "rotate", "--wait", "1s");
            Assert.Equal(0, finished.ExitCode);
            Assert.StartsWith("Finished the rotation", finished.Output, StringComparison.Ordinal);
            Assert.Equal(SealedColumns.Purposes.Count, (await gateway.DataKeysAsync()).Count);
            Assert.All(await gateway.CheckAsync(), state => Assert.Null(state.Problem));
            var types = (await gateway.AuditAsync()).Select(e => e.Type).Where(type => type.StartsWith("keys.", StringComparison.Ordinal)).ToList();
            Assert.Equal(["keys.created", "keys.rotated", .. Enumerable.Repeat("keys.deleted", SealedColumns.Purposes.Count)], types);
        }
    }

    [Fact]
    public async Task Rotate_KeyEncryptionKeyMovesToTheEnvironment_Rewrapped()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path);
        await gateway.FillAsync();
        var settings = new Dictionary<string, string>
        {
            ["ACCESSGATEWAY__Keys__Source"] = "environment",
            ["ACCESSGATEWAY__Keys__EnvironmentVariable"] = "GATEWAY_KEK",
            ["GATEWAY_KEK"] = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)),
        };
        var wrong = await ServerProgram.RunAsync(data.Path, database.Options, settings, "keys", "rotate", "--kek");
        Assert.Equal(1, wrong.ExitCode);
        Assert.StartsWith("error: The data keys are wrapped by key kek-", wrong.Errors, StringComparison.Ordinal);

        var moved = await ServerProgram.RunAsync(
            data.Path, database.Options,
            new Dictionary<string, string>(settings) { ["ACCESSGATEWAY__Keys__Previous__Source"] = "file", ["ACCESSGATEWAY__Keys__Previous__File"] = data.KeyFile },
            "keys", "rotate", "--kek");
        Assert.Equal((0, "5 data keys are wrapped by the configured key now.\n", ""), (moved.ExitCode, moved.Output, moved.Errors));
        File.Delete(data.KeyFile);
        Assert.Equal(0, (await ServerProgram.RunAsync(data.Path, database.Options, settings, "keys", "check")).ExitCode);
    }

    [Fact]
    public async Task Check_AValueThatDoesNotOpen_NamedAndExitCodeOne()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path);
        var alice = await gateway.AddUserAsync("alice");
        var foreign = gateway.SealFactor("tf-elsewhere", "broken");
        await gateway.WithDbAsync(db =>
        {
            db.TotpFactors.Add(new() { Id = "tf-broken", UserId = alice.Caller.UserId, SealedSecret = foreign, CreatedAt = gateway.Clock.GetUtcNow() });
            return db.SaveChangesAsync();
        });
        var check = await ServerProgram.RunAsync(data.Path, database.Options, NoMore, "keys", "check", "-o", "json");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("TotpFactor.SealedSecret of tf-broken does not open", check.Errors, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(check.Output);
        Assert.Equal(1, json.RootElement.GetProperty("broken").GetArrayLength());
    }

    [Theory]
    [InlineData(2, "--wait must be a duration", "keys", "rotate", "--wait", "soon")]
    [InlineData(2, "Required command", "keys")]
    [InlineData(2, "Unrecognized", "keys", "rotate", "now")]
    public async Task Keys_BadUsage_ExitCodeTwo(int exitCode, string error, params string[] arguments)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        var result = await ServerProgram.RunAsync(data.Path, database.Options, NoMore, arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(error, result.Errors, StringComparison.Ordinal);
    }

    /// <summary>A PIN does not belong into settings, and a wrong section stops before anything is made.</summary>
    [Theory]
    [InlineData("Keys__Pkcs11__Pin", "1234", "Pin")]
    [InlineData("Keys__Source", "vault", "Keys:Source")]
    public async Task Keys_WrongSettings_NamedAndNothingIsMade(string setting, string value, string named)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        var result = await ServerProgram.RunAsync(data.Path, database.Options, new Dictionary<string, string> { [$"ACCESSGATEWAY__{setting}"] = value }, "ca", "init", "dev");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(named, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(data.KeyFile));
    }

    private static async Task<List<JsonElement>> ListAsync(TestDatabase database, Folder data)
    {
        var list = await ServerProgram.RunAsync(data.Path, database.Options, NoMore, "keys", "list", "-o", "json");
        Assert.Equal((0, ""), (list.ExitCode, list.Errors));
        using var json = JsonDocument.Parse(list.Output);
        return [.. json.RootElement.Clone().EnumerateArray()];
    }
}
