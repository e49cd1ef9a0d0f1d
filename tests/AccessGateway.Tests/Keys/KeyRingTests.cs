namespace AccessGateway.Tests.Keys;

using System.Security.Cryptography;
using AccessGateway.Keys;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class KeyRingTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prepare_ManyFirstStartsAtOnce_OneKeyForEachPurposeThatAllUse(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        await gateway.WithDbAsync(db => db.DataKeys.ExecuteDeleteAsync());
        File.Delete(data.KeyFile);

        var rings = Enumerable.Range(0, 8).Select(_ => Ring(gateway)).ToList();
        await Task.WhenAll(rings.Select(ring => Task.Run(ring.Prepare)));
        Assert.Equal(SealedColumns.Purposes, (await gateway.DataKeysAsync()).Select(key => key.Purpose).Order(StringComparer.Ordinal));
        var boxes = rings.Select(ring => new SecretBox(ring)).ToList();
        var sealedByEach = boxes.Select((box, i) => box.Seal([(byte)i], nameof(Secret), "x", nameof(Secret.Ciphertext))).ToList();
        Assert.All(boxes, box => Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], sealedByEach.Select(one => box.Open(one, nameof(Secret), "x", nameof(Secret.Ciphertext)).Single())));
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "keys.created" && row.Index > 2);
        rings.ForEach(ring => ring.Dispose());
    }

    /// <summary>Two first starts that each made a key-encryption key: the second finds out, and adds nothing.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prepare_AnotherKeyEncryptionKey_NamesBothAndStops(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        using var other = new Folder();
        await using var gateway = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        var right = (await gateway.DataKeysAsync())[0].KeyEncryptionKeyId;
        KeyFile.CreateKey(other.KeyFile);
        string wrong;
        using (var key = new LocalKey(KeyFile.ReadKey(other.KeyFile, "x")))
            wrong = key.Id;

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => TestGateway.CreateAsync(kind, database: database, data: other.Path));
        Assert.Contains($"wrapped by key {right}", failure.Message);
        Assert.Contains($"is {wrong}", failure.Message);

        // A new purpose, added by a newer version, must not be added under the wrong key either.
        await gateway.WithDbAsync(db => db.DataKeys.Where(key => key.Purpose == KeyPurposes.Totp).ExecuteDeleteAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => TestGateway.CreateAsync(kind, database: database, data: other.Path));
        Assert.DoesNotContain(await gateway.DataKeysAsync(), key => key.KeyEncryptionKeyId == wrong);
    }

    [Fact]
    public async Task Prepare_KeyFileGone_RefusesAndMakesNone()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using (await TestGateway.CreateAsync(database: database, data: data.Path))
        {
        }

        File.Delete(data.KeyFile);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => TestGateway.CreateAsync(database: database, data: data.Path));
        Assert.Contains("Restore it from its backup", failure.Message);
        Assert.Contains(data.KeyFile, failure.Message);
        Assert.False(File.Exists(data.KeyFile));
    }

    [Theory]
    [InlineData("swapped")]
    [InlineData("purpose")]
    [InlineData("changed")]
    [InlineData("cut")]
    public async Task Prepare_WrappedKeyTamperedWith_Stops(string how)
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using var data = new Folder();
        await using var gateway = await TestGateway.CreateAsync(database: database, data: data.Path);
        var keys = await gateway.DataKeysAsync();
        var (one, other) = (keys[0], keys[1]);
        await gateway.WithDbAsync(db => how switch
        {
            "swapped" => SetAsync(one, other.WrappedKey),
            "changed" => SetAsync(one, [.. one.WrappedKey[..^1], (byte)(one.WrappedKey[^1] ^ 1)]),
            "cut" => SetAsync(one, one.WrappedKey[..20]),
            _ => db.Database.ExecuteSqlAsync($"""UPDATE "DataKeys" SET "Purpose" = CASE "Purpose" WHEN {one.Purpose} THEN 'swap' ELSE {one.Purpose} END, "RetiredAt" = 1 WHERE "Purpose" IN ({one.Purpose}, {other.Purpose})"""),
        });
        await Assert.ThrowsAnyAsync<CryptographicException>(() => TestGateway.CreateAsync(database: database, data: data.Path));

        Task<int> SetAsync(DataKey key, byte[] wrapped) =>
            gateway.WithDbAsync(db => db.DataKeys.Where(row => row.Id == key.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.WrappedKey, wrapped)));
    }

    /// <summary>Running gateways learn of new keys without a restart: of one by its id at once, of the active one soon.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Open_SealedWithANewKeyElsewhere_OpensWithoutARestart(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var first = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        await using var second = await TestGateway.CreateAsync(kind, database: database, data: data.Path, clock: first.Clock);
        var user = await first.AddUserAsync("alice");
        var factor = await first.AddFactorAsync(user.Caller.UserId, "secret");
        var before = (await first.DataKeysAsync()).Select(key => key.Name).ToList();
        Assert.Equal("secret", await second.OpenFactorAsync(factor));

        await first.RotateAsync();
        Assert.Empty((await first.DataKeysAsync()).Select(key => key.Name).Intersect(before));
        Assert.Equal("secret", await second.OpenFactorAsync(factor));
        var later = await second.AddFactorAsync(user.Caller.UserId, "later");
        Assert.Equal("later", await first.OpenFactorAsync(later));
    }

    private static KeyRing Ring(TestGateway gateway) => ActivatorUtilities.CreateInstance<KeyRing>(gateway.Services);
}
