namespace AccessGateway.Tests.Keys;

using System.Data.Common;
using AccessGateway.Keys;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

public sealed class SealedColumnsTests
{
    [Fact]
    public void All_Purposes_AreTheKnownOnes() =>
        Assert.Equal([KeyPurposes.DataProtection, KeyPurposes.OAuth, KeyPurposes.Provider, KeyPurposes.Totp, KeyPurposes.TrustAnchor], SealedColumns.Purposes);

    /// <summary>What is called sealed says so, or rotation would not know it; and its row has one name.</summary>
    [Fact]
    public async Task Model_SealedColumns_AreMarkedAndHaveASimpleKey()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using var db = database.Open();
        var byName = db.Model.GetEntityTypes()
            .SelectMany(entity => entity.GetProperties())
            .Where(property => !property.IsShadowProperty() && (property.Name.StartsWith("Sealed", StringComparison.Ordinal) || property.Name.Contains("Ciphertext", StringComparison.Ordinal)))
            .Select(property => (property.DeclaringType.ClrType.Name, property.Name));
        Assert.Equal(byName.Order(), SealedColumns.All.Select(column => (column.Table, column.Name)).Order());
        Assert.All(SealedColumns.All, column => Assert.Equal(typeof(string), Assert.Single(db.Model.FindEntityType(column.Entity)!.FindPrimaryKey()!.Properties).ClrType));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Delete_DataKeyInUse_DatabaseRefuses(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.FillAsync();
        foreach (var key in await gateway.DataKeysAsync())
            await Assert.ThrowsAnyAsync<DbException>(() => gateway.WithDbAsync(db => db.DataKeys.Where(row => row.Id == key.Id).ExecuteDeleteAsync()));
        Assert.All(await gateway.CheckAsync(), state => Assert.Null(state.Problem));
    }

    /// <summary>A gateway that missed a rotation altogether cannot write what nobody could read.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_WithADeletedDataKey_DatabaseRefuses(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var user = await gateway.AddUserAsync("alice");
        var factor = await gateway.AddFactorAsync(user.Caller.UserId, "first");
        var late = gateway.SealFactor(factor, "late");
        await gateway.RotateAsync();

        await Assert.ThrowsAnyAsync<DbException>(() => gateway.WithDbAsync(
            db => db.TotpFactors.Where(row => row.Id == factor).ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedSecret, late))));
        await Assert.ThrowsAsync<DbUpdateException>(() => gateway.WithDbAsync(db =>
        {
            db.TotpFactors.Add(new TotpFactor { Id = "tf-late", UserId = user.Caller.UserId, SealedSecret = late, CreatedAt = gateway.Clock.GetUtcNow() });
            return db.SaveChangesAsync();
        }));
        Assert.Equal("first", await gateway.OpenFactorAsync(factor));
    }
}
