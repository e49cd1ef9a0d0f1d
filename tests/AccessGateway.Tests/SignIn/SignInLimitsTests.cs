namespace AccessGateway.Tests.SignIn;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class SignInLimitsTests
{
    private const string Here = "192.0.2.7";

    /// <summary>One password tried on many names, each too few times to lock any.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_ManyNamesFromOneAddress_RefusedThereAloneAndForAWhile(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, _) = await gateway.EnrolAsync("alice");
        await BlameAsync(gateway, Here, AddressLimit.Failures - 1);
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await SignInAsync(gateway, "nobody", "wrong", "000000", Here)));

        var locked = Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here)));
        Assert.InRange(locked.RetryAfter, TimeSpan.FromSeconds(1), AddressLimit.Window);
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "nobody", "wrong", "000000", Here)));
        // What is refused here counts against no account: nobody is locked out by it.
        Assert.DoesNotContain("nobody", Assert.Single(await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().FailedAttempts.Select(row => row.Name).ToListAsync())), StringComparison.Ordinal);
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), "192.0.2.8")));

        gateway.Clock.Advance(AddressLimit.Window);
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here)));
    }

    /// <summary>Behind a proxy the address is everybody's: who signed in before in this browser, or has a passkey, is let through.</summary>
    [Fact]
    public async Task SignIn_AddressFull_KnownBrowserOfThatAccountAndPasskeysLetThrough()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        var (mallory, _) = await gateway.EnrolAsync("mallory");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        await BlameAsync(gateway, Here, AddressLimit.Failures);

        var (hers, his) = (Cookie(gateway, alice), Cookie(gateway, mallory));
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here, his)));
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here, hers[..^4] + "AAAA")));
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here, hers)));

        var question = await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
        Assert.NotNull(TestGateway.Value(await gateway.WithAsync<PasskeySignIns, Outcome<BrowserLogin>>(signIns =>
            signIns.SignInAsync(new PasskeyAnswer(question.Challenge, passkey.Get(question.Options)), Here, "test", default))));

        // The account's own limit holds for a known browser too.
        for (var i = 0; i < AttemptLimit.Free; i++)
            await SignInAsync(gateway, "alice", "wrong", "000000", Here, hers);
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here, hers)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Count_ManyAtOnceAfterAWindow_EachCounts(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await BlameAsync(gateway, Here, AddressLimit.Failures);
        gateway.Clock.Advance(AddressLimit.Window);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => BlameAsync(gateway, Here, 1))));
        Assert.Equal(20, await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().AddressFailures.Select(row => row.Count).SingleAsync()));
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("unknown", "", true)]
    public async Task Of_TwoAddresses_OneBucketForOneNetwork(string first, string second, bool same)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var buckets = gateway.Services.GetRequiredService<AddressBuckets>();
        Assert.Equal(same, buckets.Of(first) == buckets.Of(second));
        Assert.InRange(buckets.Of(first), 0, AddressBuckets.Count - 1);
    }

    /// <summary>Tried names do not pile up; a lock that still holds is not forgotten.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Clean_AfterADay_NothingLeftOfWhatRanOut(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        await gateway.ProveAsync(alice, "activate:ar-1", passkey);
        await gateway.ProveAsync(alice, "activate:ar-1");
        var proof = await gateway.ProveAsync(alice, Contracts.StepUpActions.AddTotp);
        await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(alice.Caller, "x", proof, default));
        await gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(prompts => prompts.StartAsync(alice.Caller, new Contracts.StartBrowserStepUp { Action = "activate:ar-1" }, "x", "x", default));
        for (var i = 0; i < 20; i++)
            await SignInAsync(gateway, $"nobody{i}", "wrong", "000000", Here);
        Assert.Equal(20, (await CountsAsync())[0]);
        Assert.DoesNotContain(0, await CountsAsync());

        await CleanAsync(TimeSpan.Zero);
        Assert.DoesNotContain(0, await CountsAsync());
        await CleanAsync(SignInCleaning.AttemptsKept - TimeSpan.FromSeconds(1));
        Assert.Equal(20, (await CountsAsync())[0]);
        await CleanAsync(TimeSpan.FromSeconds(1));
        Assert.All(await CountsAsync(), count => Assert.Equal(0, count));

        async Task CleanAsync(TimeSpan later)
        {
            gateway.Clock.Advance(later);
            await gateway.InScopeAsync(async services =>
            {
                await SignInCleaning.CleanAsync(services.GetRequiredService<GatewayDbContext>(), gateway.Clock.GetUtcNow(), default);
                return 0;
            });
        }

        Task<int[]> CountsAsync() => gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            return new[]
            {
                await db.FailedAttempts.CountAsync(), await db.AddressFailures.CountAsync(), await db.StepUpProofs.CountAsync(),
                await db.StepUpPrompts.CountAsync(), await db.FactorOffers.CountAsync(), await db.SpentChallenges.CountAsync(),
            };
        });
    }

    [Fact]
    public async Task Unlock_LockedAccount_SignsInAtOnceAndIsTold()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        for (var i = 0; i < AttemptLimit.Free; i++)
            await SignInAsync(gateway, "alice", "wrong", "000000", Here);
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here)));
        Assert.Equal("alice", TestGateway.Value(await gateway.WithAsync<Users, Outcome<User>>(users => users.UnlockAsync("console", "alice", default))).Name);
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, "alice", alice.Password, gateway.NextCode(alice), Here)));
        Assert.Contains(await gateway.AuditAsync(), row => row is { Type: "user.unlocked", Actor: "console" });
        Assert.Contains("unlocked", Assert.Single(await gateway.NoticesAsync(alice)), StringComparison.Ordinal);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.WithAsync<Users, Outcome<User>>(users => users.UnlockAsync("console", "nobody", default))));
    }

    /// <summary>SECURITY: a code with spaces or full-width digits around it is refused at sign-in too.</summary>
    [Theory]
    [InlineData(" {0}")]
    [InlineData("{0} ")]
    [InlineData("{0}\u2003")]
    [InlineData("１{0}")]
    public async Task SignIn_CodeWithMoreAroundIt_Refused(string format)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, _) = await gateway.EnrolAsync("alice");
        var code = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, gateway.NextCode(alice));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await SignInAsync(gateway, "alice", alice.Password, code, Here)));
    }

    private static string Cookie(TestGateway gateway, TestUser user)
    {
        var context = new DefaultHttpContext();
        gateway.Services.GetRequiredService<KnownBrowsers>().Remember(context, user.Caller.UserId);
        var header = context.Response.Headers.SetCookie.ToString();
        Assert.Contains("; path=/; secure; samesite=strict; httponly", header, StringComparison.Ordinal);
        return header.Split(';')[0][(KnownBrowsers.Cookie.Length + 1)..];
    }

    private static Task<Outcome<BrowserLogin>> SignInAsync(TestGateway gateway, string name, string password, string code, string address, string? cookie = null) => gateway.InScopeAsync(services =>
    {
        var context = new DefaultHttpContext();
        if (cookie is not null)
            context.Request.Headers.Cookie = $"{KnownBrowsers.Cookie}={cookie}";
        services.GetRequiredService<IHttpContextAccessor>().HttpContext = context;
        return services.GetRequiredService<SignIns>().SignInAsync(name, password, code, address, "test", default);
    });

    private static Task<object?> BlameAsync(TestGateway gateway, string address, int times) => gateway.WithAsync<AddressLimit, object?>(async limit =>
    {
        for (var i = 0; i < times; i++)
            await limit.CountAsync(address, default);
        return null;
    });
}
