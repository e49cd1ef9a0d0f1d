namespace AccessGateway.Tests.SignIn;

using System.Buffers.Binary;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class SignInsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_EnrolledUser_NamePasswordAndCodeTogether(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, codes) = await gateway.EnrolAsync("alice", "platform");
        Assert.Equal(RecoveryCode.Count, codes.Distinct().Count());

        var login = TestGateway.Value(await SignInAsync(gateway, "Alice ", alice.Password, gateway.NextCode(alice)));
        Assert.True(await gateway.WithAsync<LoginUse, bool>(use => use.IsCurrentAsync(login.Id, login.UserId, null, default)));
    }

    /// <summary>As shipped, not as other tests have it.</summary>
    [Fact]
    public async Task Hash_AsShipped_AsManyIterationsAsOwaspAsks()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await using var shipped = gateway.BuildAsShipped();
        var hash = Convert.FromBase64String(shipped.Services.GetRequiredService<Passwords>().Hash(TestGateway.GoodPassword));
        // Identity's format 3: the pseudo-random function (2 is HMAC-SHA-512), then the iterations.
        Assert.Equal((1, 2u, 210_000u), (hash[0], BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(1)), BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5))));
    }

    /// <summary>Hashes take their turn: no sign-in waits for a database connection until it fails, however many come at once.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_ManyAtOnce_NoneFails(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, configure: TestGateway.HashInEarnest);
        var hash = gateway.Services.GetRequiredService<Passwords>().Hash(TestGateway.GoodPassword);
        var users = new List<TestUser>();
        for (var i = 0; i < 60; i++)
            users.Add(await gateway.AddUserAsync($"user-{i}"));
        await gateway.WithAsync<GatewayDbContext, int>(db => db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.PasswordHash, hash)));
        var outcomes = await Task.WhenAll(users.Select(user => Task.Run(() => SignInAsync(gateway, user.Name, TestGateway.GoodPassword, user.CodeAt(gateway.Clock.GetUtcNow())))));
        Assert.All(outcomes, outcome => TestGateway.Value(outcome));
    }

    [Fact]
    public async Task SignIn_UnknownWrongOrDisabled_SameAnswer()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        var (bob, _) = await gateway.EnrolAsync("bob");
        await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "bob", disabled: true, default));

        var answers = new[]
        {
            TestGateway.RefusalOf(await SignInAsync(gateway, "nobody", TestGateway.GoodPassword, "123456")),
            TestGateway.RefusalOf(await SignInAsync(gateway, "alice", "wrong", gateway.NextCode(alice))),
            TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, "000000")),
            TestGateway.RefusalOf(await SignInAsync(gateway, "bob", bob.Password, gateway.NextCode(bob))),
            TestGateway.RefusalOf(await SignInAsync(gateway, "", "", "")),
        };
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task SignIn_RecoveryCode_CountsOnce()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, codes) = await gateway.EnrolAsync("alice");
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, codes[3].ToUpperInvariant())));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, codes[3])).Code);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "recovery_code.used" && row.Actor == "alice");
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_FiveFailuresInAnyCase_Locked(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, _) = await gateway.EnrolAsync("alice");
        foreach (var name in new[] { "alice", "ALICE", "Alice", " alice", "aLICE" })
            Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await SignInAsync(gateway, name, "wrong", "000000")));
        var locked = Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice))));
        Assert.InRange(locked.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice))));
    }

    [Fact]
    public async Task IsCurrent_IdleOldEndedOrDisabled_No()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        var login = TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice)));
        Task<bool> IsCurrentAsync() => gateway.WithAsync<LoginUse, bool>(use => use.IsCurrentAsync(login.Id, login.UserId, null, default));

        for (var minutes = 0; minutes < 24 * 60 - 50; minutes += 50)
        {
            Assert.True(await IsCurrentAsync(), $"after {minutes} minutes of use");
            gateway.Clock.Advance(TimeSpan.FromMinutes(50));
        }

        gateway.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.False(await IsCurrentAsync());

        login = TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice)));
        gateway.Clock.Advance(BrowserLogin.IdleLimit);
        Assert.False(await IsCurrentAsync());

        login = TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice)));
        await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "alice", disabled: true, default));
        Assert.False(await IsCurrentAsync());
    }

    [Fact]
    public async Task Confirm_LinkUsedTwice_SecondIsGone()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var link = TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", "carol", [], default)));
        var step = TestGateway.Value(await gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.ChoosePasswordAsync(link, TestGateway.GoodPassword, default)));
        var carol = new TestUser(new Caller("", "carol", []), step.TotpSecret!, "");
        Task<Outcome<EnrolmentResult>> ConfirmAsync(string code) => gateway.WithAsync<Enrolments, Outcome<EnrolmentResult>>(enrolments => enrolments.ConfirmAsync(link, step.Ticket, code, default));

        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ConfirmAsync("000000")));
        Assert.NotNull(TestGateway.Value(await ConfirmAsync(carol.CodeAt(gateway.Clock.GetUtcNow()))));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(gateway.NextCode(carol))));
    }

    [Fact]
    public async Task Find_LinkExpiredOrReplaced_Gone()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var old = TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("test", "carol", [], default)));
        var link = TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("test", "carol", default)));
        Task<Outcome<EnrolmentStep>> FindAsync(string secret) => gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(secret, default));

        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await FindAsync(old)));
        Assert.NotNull(TestGateway.Value(await FindAsync(link)));
        gateway.Clock.Advance(Enrolments.LinkLifetime);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await FindAsync(link)));
    }

    [Fact]
    public async Task Database_AfterEnrolment_HoldsNoSecretInTheClear()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, codes) = await gateway.EnrolAsync("alice");
        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            var factor = await db.TotpFactors.SingleAsync();
            Assert.DoesNotContain(Convert.ToHexString(alice.TotpSecret), Convert.ToHexString(factor.SealedSecret), StringComparison.Ordinal);
            Assert.DoesNotContain(await db.RecoveryCodes.ToListAsync(), row => codes.Any(code => Convert.ToHexString(row.Hash).Contains(code, StringComparison.OrdinalIgnoreCase)));
            Assert.All(await db.Enrolments.ToListAsync(), enrolment => Assert.Null(enrolment.SealedTotpSecret));
            return 0;
        });
    }

    [Theory]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("/%0d%0aSet-Cookie:x", "/")]
    [InlineData("/%0aSet-Cookie:x", "/")]
    [InlineData("/%00", "/")]
    [InlineData("/%2fevil.example", "/")]
    [InlineData("/%5cevil.example", "/")]
    [InlineData("/%2Fevil.example", "/")]
    [InlineData("/a b", "/")]
    [InlineData("/\u00e9", "/")]
    [InlineData("evil.example", "/")]
    [InlineData("/connect/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=a%20b", "/connect/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=a%20b")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    [InlineData("/requests/ar-1?x=y", "/requests/ar-1?x=y")]
    public void LocalReturn_Anything_StaysHere(string? asked, string expected) => Assert.Equal(expected, BrowserCookies.LocalReturn(asked));

    private static Task<Outcome<BrowserLogin>> SignInAsync(TestGateway gateway, string name, string password, string code) =>
        gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync(name, password, code, "127.0.0.1", "test", default));
}
