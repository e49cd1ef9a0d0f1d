namespace AccessGateway.Tests.Keys;

using AccessGateway.Keys;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class KeyRewrappingTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_NewKeyAndThePreviousOne_DataKeysMoveAndNothingElse(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var running = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        var alice = await running.FillAsync();
        var before = await running.DataKeysAsync();
        var (previous, fresh) = (data.KeyFile, Path.Combine(data.Path, "new.key"));
        KeyFile.CreateKey(fresh);

        // The new settings work before and after.
        await using var next = await CreateAsync(previous);
        Assert.All(await next.CheckAsync(), state => Assert.Null(state.Problem));
        Assert.Equal(SealedColumns.Purposes.Count, (await next.WithAsync<KeyRewrapping, IReadOnlyList<DataKey>>(keys => keys.RunAsync("test", default))).Count);
        Assert.Empty(await next.WithAsync<KeyRewrapping, IReadOnlyList<DataKey>>(keys => keys.RunAsync("test", default)));

        var after = await next.DataKeysAsync();
        Assert.Equal(before.Select(key => key.Name).Order(), after.Select(key => key.Name).Order());
        Assert.NotEqual(before[0].KeyEncryptionKeyId, Assert.Single(after.Select(key => key.KeyEncryptionKeyId).Distinct()));
        Assert.All(await next.CheckAsync(), state => Assert.Null(state.Problem));
        var audited = Assert.Single(await next.AuditAsync(), row => row.Type == "keys.rewrapped");
        Assert.Equal((before[0].KeyEncryptionKeyId, after[0].KeyEncryptionKeyId), (audited.Details["from"], audited.Details["keyEncryptionKey"]));

        // The gateway that knows only the previous key runs on; started again, it says what is wrong.
        Assert.NotEmpty(await running.ProveAsync(alice, "activate:ar-0123456789abc"));
        Assert.Contains(after[0].KeyEncryptionKeyId, (await Assert.ThrowsAsync<InvalidOperationException>(() => TestGateway.CreateAsync(kind, database: database, data: data.Path))).Message);

        // And the previous key may go.
        File.Delete(previous);
        await using var last = await CreateAsync(previous: null);
        Assert.All(await last.CheckAsync(), state => Assert.Null(state.Problem));

        Task<TestGateway> CreateAsync(string? previous) => TestGateway.CreateAsync(kind, database: database, data: data.Path, clock: running.Clock, configure: services =>
            services.Configure<KeysOptions>(keys => (keys.File, keys.Previous) = (fresh, new KeySourceOptions { Source = previous is null ? "" : "file", File = previous ?? "" })));
    }

    [Fact]
    public async Task Run_PreviousIsAThirdKey_RefusedAndNothingChanged()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path);
        var before = await gateway.DataKeysAsync();
        var (fresh, third) = (Path.Combine(data.Path, "new.key"), Path.Combine(data.Path, "third.key"));
        KeyFile.CreateKey(fresh);
        KeyFile.CreateKey(third);
        var options = Microsoft.Extensions.Options.Options.Create(new KeysOptions { File = fresh, Previous = new KeySourceOptions { File = third } });
        await Assert.ThrowsAsync<InvalidOperationException>(() => gateway.InScopeAsync(services =>
            ActivatorUtilities.CreateInstance<KeyRewrapping>(services, new KeyEncryptionKeys(options)).RunAsync("test", default)));
        Assert.Equal(before.Select(key => Convert.ToHexString(key.WrappedKey)).Order(), (await gateway.DataKeysAsync()).Select(key => Convert.ToHexString(key.WrappedKey)).Order());
    }
}
