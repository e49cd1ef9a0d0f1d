namespace AccessGateway.Tests.Keys;

using System.Security.Cryptography;
using AccessGateway.Clusters;
using AccessGateway.Keys;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

/// <summary>Keys at rest: AES-256-GCM, a data key per purpose, associated data <c>table|row|column|key id</c>.</summary>
public sealed class SecretBoxTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(4096)]
    public async Task Open_WhatWasSealed_TheSame(int size)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var plaintext = RandomNumberGenerator.GetBytes(size);
        var first = Seal(gateway, plaintext, "tf-1");
        var second = Seal(gateway, plaintext, "tf-1");
        Assert.NotEqual(first, second);
        Assert.Equal(plaintext, Open(gateway, first, "tf-1"));
        Assert.Equal(plaintext, Open(gateway, second, "tf-1"));
        if (size > 8)
            Assert.Equal(-1, first.AsSpan().IndexOf(plaintext));
    }

    [Fact]
    public async Task Open_AnyBitChanged_Fails()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var box = Seal(gateway, "a secret of authenticators"u8.ToArray(), "tf-1");
        for (var bit = 0; bit < box.Length * 8; bit++)
        {
            box[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.ThrowsAny<CryptographicException>(() => Open(gateway, box, "tf-1"));
            box[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.NotEmpty(Open(gateway, box, "tf-1"));
    }

    [Fact]
    public async Task Open_CutOrLengthened_Fails()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var box = Seal(gateway, "a secret of authenticators"u8.ToArray(), "tf-1");
        for (var length = 0; length < box.Length; length++)
            Assert.ThrowsAny<CryptographicException>(() => Open(gateway, box[..length], "tf-1"));
        Assert.ThrowsAny<CryptographicException>(() => Open(gateway, [.. box, 0], "tf-1"));
        Assert.ThrowsAny<CryptographicException>(() => Open(gateway, [0, .. box], "tf-1"));
    }

    /// <summary>Also where one data key seals both places.</summary>
    [Fact]
    public async Task Open_InAnotherPlace_Fails()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var box = Seal(gateway, "secret"u8.ToArray(), "tf-1");
        Assert.Contains("another place", FailureOf(() => gateway.Box().Open(box, nameof(TotpFactor), "tf-2", nameof(TotpFactor.SealedSecret))));
        Assert.Contains("another place", FailureOf(() => gateway.Box().Open(box, nameof(Enrolment), "tf-1", nameof(Enrolment.SealedTotpSecret))));
        Assert.Contains("for totp, not for trust-anchor", FailureOf(() => gateway.Box().Open(box, nameof(TrustAnchor), "tf-1", nameof(TrustAnchor.SealedKey))));
        Assert.Contains("for totp, not for oauth", FailureOf(() => gateway.Box().Open(box, nameof(Secret), "tf-1", nameof(Secret.Ciphertext))));
        Assert.Throws<ArgumentException>(() => gateway.Box().Open(box, nameof(User), "tf-1", nameof(User.PasswordHash)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Open_SwappedInTheDatabase_Fails(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var user = await gateway.AddUserAsync("alice");
        var (one, other) = (await gateway.AddFactorAsync(user.Caller.UserId, "one"), await gateway.AddFactorAsync(user.Caller.UserId, "other"));
        Assert.Equal(("one", "other"), (await gateway.OpenFactorAsync(one), await gateway.OpenFactorAsync(other)));

        var stolen = await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == one).Select(row => row.SealedSecret).SingleAsync());
        await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == other).ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedSecret, stolen)));
        Assert.Equal("one", await gateway.OpenFactorAsync(one));
        await Assert.ThrowsAnyAsync<CryptographicException>(() => gateway.OpenFactorAsync(other));
        Assert.Single(await gateway.CheckAsync(), state => state.Problem is not null && state.Row == other);
    }

    [Fact]
    public async Task Open_UnknownKey_NamesIt()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var box = Seal(gateway, "secret"u8.ToArray(), "tf-1");
        Enumerable.Repeat((byte)0xab, 8).ToArray().CopyTo(box, 1);
        Assert.Contains("dk-abababababababab, which does not exist", FailureOf(() => Open(gateway, box, "tf-1")));
    }

    /// <summary>A data key of one purpose opens nothing of another.</summary>
    [Fact]
    public async Task Seal_EachPurpose_AKeyOfItsOwn()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var ids = SealedColumns.All.GroupBy(column => column.Purpose)
            .Select(purpose => purpose.Select(column => Convert.ToHexString(gateway.Box().Seal("x"u8, column.Table, "row", column.Name).AsSpan(1, DataKey.IdSize))).Distinct().ToList())
            .ToList();
        Assert.All(ids, ofPurpose => Assert.Single(ofPurpose));
        Assert.Equal(ids.Count, ids.SelectMany(ofPurpose => ofPurpose).Distinct().Count());
    }

    private static byte[] Seal(TestGateway gateway, byte[] plaintext, string row) => gateway.Box().Seal(plaintext, nameof(TotpFactor), row, nameof(TotpFactor.SealedSecret));

    private static byte[] Open(TestGateway gateway, byte[] box, string row) => gateway.Box().Open(box, nameof(TotpFactor), row, nameof(TotpFactor.SealedSecret));

    private static string FailureOf(Func<byte[]> act) => Assert.ThrowsAny<CryptographicException>(act).Message;
}
