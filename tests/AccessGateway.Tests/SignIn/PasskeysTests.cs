namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>WebAuthn with an authenticator that a test can bend. That a real browser's fits, the end-to-end tests show.</summary>
public sealed class PasskeysTests
{
    private const string Action = "activate:ar-0000000000000";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Confirm_TwoPasskeys_EachSignsInAndProves(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        using var laptop = new TestPasskey();
        using var key = new TestPasskey { Counter = 7 };
        await gateway.AddPasskeyAsync(alice, laptop);
        await gateway.AddPasskeyAsync(alice, key, "Key");

        foreach (var passkey in new[] { laptop, key })
        {
            passkey.Counter++;
            Assert.Equal(alice.Caller.UserId, TestGateway.Value(await SignInAsync(gateway, await AskAsync(gateway, passkey))).UserId);
            Assert.Null(await SpendAsync(gateway, alice, await gateway.ProveAsync(alice, Action, passkey), StepUpMethods.Passkey));
        }

        var factors = await gateway.WithAsync<Factors, IReadOnlyList<FactorView>>(factors => factors.ListAsync(alice.Caller, default));
        Assert.Equal(["Authenticator", "Laptop", "Key"], factors.Select(factor => factor.Name));
        Assert.All(factors, factor => Assert.Equal(gateway.Clock.GetUtcNow(), factor.Kind == FactorKind.Passkey ? factor.LastUsedAt : gateway.Clock.GetUtcNow()));
        Assert.Equal(2, (await gateway.AuditAsync()).Count(row => row.Type == "factor.enrolled" && row.Details["factor"] == "passkey"));
    }

    [Fact]
    public async Task SignIn_SyncedPasskeyWithoutCounter_WorksAgainAndAgain()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var synced = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, synced);
        foreach (var _ in Enumerable.Range(0, 3))
            Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, await AskAsync(gateway, synced))));
    }

    /// <summary>Each challenge counts once, over two replicas too, though the authenticator keeps no counter.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_OneAnswerManyTimesAtOnceOnTwoGateways_CountsOnce(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        await using var first = await TestGateway.CreateAsync(kind, database: database, data: data);
        await using var second = await TestGateway.CreateAsync(kind, database: database, data: data, clock: first.Clock);
        var alice = await first.AddUserAsync("alice");
        using var synced = new TestPasskey();
        await first.AddPasskeyAsync(alice, synced);
        var answer = await AskAsync(first, synced);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => SignInAsync(i % 2 == 0 ? first : second, answer))));
        Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await SignInAsync(second, answer)).Code);
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("https://localhost.evil.example")]
    [InlineData("https://localhost:8443")]
    [InlineData("http://localhost")]
    [InlineData("")]
    public async Task SignIn_OriginOfAnother_Refused(string origin) => await RefusedAsync(passkey => passkey.Origin = origin);

    [Fact]
    public async Task SignIn_InAFrameOfAnother_Refused() => await RefusedAsync(passkey => passkey.CrossOrigin = true);

    [Fact]
    public async Task SignIn_ForAnotherRelyingParty_Refused() => await RefusedAsync(passkey => passkey.RelyingParty = "evil.example");

    /// <summary>A passkey stands for two factors, so the authenticator must have checked its user.</summary>
    [Fact]
    public async Task SignIn_UserNotVerified_Refused() => await RefusedAsync(passkey => passkey.VerifiesUser = false);

    [Fact]
    public async Task SignIn_WithoutUserHandle_Refused() => await RefusedAsync(passkey => passkey.UserHandle = null);

    [Fact]
    public async Task SignIn_HandleOfAnother_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, mallory) = (await gateway.AddUserAsync("alice"), await gateway.AddUserAsync("mallory"));
        using var hers = new TestPasskey();
        using var his = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, hers);
        await gateway.AddPasskeyAsync(mallory, his);
        his.UserHandle = hers.UserHandle;
        his.Counter++;
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await SignInAsync(gateway, await AskAsync(gateway, his))));
    }

    /// <summary>A counter that does not grow may be a copy's: refused, audited, and the user is told.</summary>
    [Theory]
    [InlineData(5, 5)]
    [InlineData(5, 4)]
    [InlineData(5, 0)]
    public async Task SignIn_CounterDidNotGrow_RefusedAuditedAndTold(uint stored, uint shown)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey { Counter = stored };
        await gateway.AddPasskeyAsync(alice, passkey);
        passkey.Counter = shown;
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await SignInAsync(gateway, await AskAsync(gateway, passkey))));
        var row = Assert.Single(await gateway.AuditAsync(), row => row.Type == "passkey.counter_fell");
        Assert.Equal(("alice", $"{stored}", $"{shown}"), (row.Actor, row.Details["stored"], row.Details["seen"]));
        Assert.Contains(await gateway.NoticesAsync(alice), text => text.Contains("counter went back", StringComparison.Ordinal));

        passkey.Counter = stored + 1;
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, await AskAsync(gateway, passkey))));
    }

    [Fact]
    public async Task SignIn_DisabledUser_SameAnswerAsUnknown()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("test", "alice", disabled: true, default));
        using var unknown = new TestPasskey { UserHandle = passkey.UserHandle };
        var disabled = TestGateway.RefusalOf(await SignInAsync(gateway, await AskAsync(gateway, passkey)));
        Assert.Equal(disabled, TestGateway.RefusalOf(await SignInAsync(gateway, await AskAsync(gateway, unknown))));
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "sign_in.failed" && row.Actor == "alice");
    }

    [Fact]
    public async Task SignIn_ChallengeTooOldForgedOrForSomethingElse_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);

        var old = await AskAsync(gateway, passkey);
        gateway.Clock.Advance(PasskeyChallenges.Lifetime);
        var stepUp = await gateway.AnswerAsync(alice, passkey, Action);
        var fresh = await AskAsync(gateway, passkey);
        foreach (var answer in new[] { old, stepUp, fresh with { Challenge = "" }, fresh with { Challenge = fresh.Challenge[..^4] + "AAAA" }, fresh with { Challenge = "%%%" }, new PasskeyAnswer(fresh.Challenge, stepUp.Credential) })
            Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await SignInAsync(gateway, answer)));
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, fresh)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"AA\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":{}}")]
    [InlineData("{\"id\":\"AA\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":{\"clientDataJSON\":\"AA\",\"authenticatorData\":\"AA\",\"signature\":\"AA\",\"userHandle\":\"AA\"}}")]
    public async Task SignIn_Garbage_RefusedWithoutATrace(string credential)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var question = await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
        var before = (await gateway.AuditAsync()).Count;
        foreach (var text in new[] { credential, credential + new string(' ', Passkeys.MaxAnswer) })
            Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await SignInAsync(gateway, new PasskeyAnswer(question.Challenge, text))));
        Assert.Equal(before, (await gateway.AuditAsync()).Count);
    }

    /// <summary>The proof of a step-up belongs to the action and to the login that asked.</summary>
    [Fact]
    public async Task Prove_ForAnotherActionOrLogin_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        var answer = await gateway.AnswerAsync(alice, passkey, Action);
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await gateway.ProveAsync(alice, "activate:ar-1", answer)));
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await gateway.ProveAsync(alice.In("bl-2"), Action, answer)));
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await gateway.ProveAsync((await gateway.AddUserAsync("mallory")).In("bl-1"), Action, answer)));
        var proof = TestGateway.Value(await gateway.ProveAsync(alice, Action, answer)).Proof;
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await gateway.ProveAsync(alice, Action, answer)));
        Assert.Null(await SpendAsync(gateway, alice, proof, StepUpMethods.Passkey));
        Assert.Equal(4, (await gateway.AuditAsync()).Count(row => row.Type == "step_up.failed"));
    }

    /// <summary>Guessing at codes locks the codes; there is nothing to guess at a passkey, so it goes on working, and forgives nothing.</summary>
    [Fact]
    public async Task Prove_AccountLocked_PasskeyStillProves()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        Task<Outcome<StepUpResponse>> GuessAsync() => gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
            stepUps.ProveAsync(alice.Caller, new StepUpRequest { Method = "totp", Code = "000000", Action = Action }, default));
        for (var i = 0; i <= AttemptLimit.Free; i++)
            await GuessAsync();
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await GuessAsync()));
        Assert.NotEmpty(await gateway.ProveAsync(alice, Action, passkey));
        Assert.IsType<Refusal.Locked>(TestGateway.RefusalOf(await GuessAsync()));
    }

    private static async Task RefusedAsync(Action<TestPasskey> bend)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        bend(passkey);
        Assert.Equal(Passkeys.Refused, TestGateway.RefusalOf(await SignInAsync(gateway, await AskAsync(gateway, passkey))));
    }

    private static async Task<PasskeyAnswer> AskAsync(TestGateway gateway, TestPasskey passkey)
    {
        var question = await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
        return new PasskeyAnswer(question.Challenge, passkey.Get(question.Options));
    }

    private static Task<Outcome<BrowserLogin>> SignInAsync(TestGateway gateway, PasskeyAnswer answer) =>
        gateway.WithAsync<PasskeySignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync(answer, "127.0.0.1", "test", default));

    private static Task<Refusal?> SpendAsync(TestGateway gateway, TestUser user, string proof, string method) =>
        gateway.WithAsync<StepUps, Refusal?>(stepUps => stepUps.SpendAsync(user.Caller, Action, proof, new StepUpRequirement(TimeSpan.FromMinutes(5), [method], Privileged: true), default));
}
