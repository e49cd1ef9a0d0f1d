namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

public sealed class RecoveryCodesTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_RecoveryCode_AuditedAndTheUserToldWhatIsLeft(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, codes) = await gateway.EnrolAsync("alice");
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, alice, codes[0])));
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "recovery_code.used" && row.Details["left"] == "9");
        Assert.Contains("9 are left", Assert.Single(await gateway.NoticesAsync(alice)), StringComparison.Ordinal);
        Assert.Equal(9, await gateway.WithAsync<RecoveryCodes, int>(recovery => recovery.CountAsync(alice.Caller, default)));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task SignIn_OneCodeManyTimesAtOnce_CountsOnce(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var (alice, codes) = await gateway.EnrolAsync("alice");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, AttemptLimit.Free).Select(_ => Task.Run(() => SignInAsync(gateway, alice, codes[0]))));
        Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _));
    }

    [Fact]
    public async Task Replace_WithStepUp_TenNewAndTheOldVoid()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, old) = await gateway.EnrolAsync("alice");
        var proof = await gateway.ProveAsync(alice, StepUpActions.RecoveryCodes);
        var codes = TestGateway.Value(await gateway.WithAsync<RecoveryCodes, Outcome<IReadOnlyList<string>>>(recovery => recovery.ReplaceAsync(alice.Caller, proof, default)));
        Assert.Equal(RecoveryCode.Count, codes.Distinct().Count());
        Assert.Empty(codes.Intersect(old));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await SignInAsync(gateway, alice, old[0])));
        Assert.NotNull(TestGateway.Value(await SignInAsync(gateway, alice, codes[9])));
    }

    /// <summary>Who has lost the phone signs in with one code, adds the next phone with another, and does nothing else with them.</summary>
    [Fact]
    public async Task Prove_RecoveryCode_ForAddingAFactorAlone()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, codes) = await gateway.EnrolAsync("alice");
        foreach (var action in new[] { "activate:ar-0", "review:ar-0", "extend:gr-0", "device:x", "prompt:x", StepUpActions.RecoveryCodes, StepUpActions.RemoveFactor("tf-0") })
            Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ProveAsync(gateway, alice, StepUpMethods.Recovery, codes[0], action)));
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ProveAsync(gateway, alice, StepUpMethods.Totp, codes[0], StepUpActions.AddTotp)));

        var proof = TestGateway.Value(await ProveAsync(gateway, alice, StepUpMethods.Recovery, codes[0], StepUpActions.AddTotp)).Proof;
        var offer = TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(alice.Caller, "New phone", proof, default)));
        var code = gateway.NextCode(alice with { TotpSecret = offer.Secret });
        Assert.Equal("New phone", TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(alice.Caller, code, default))).Name);
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await ProveAsync(gateway, alice, StepUpMethods.Recovery, codes[0], StepUpActions.AddTotp)).Code);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "step_up.passed" && row.Details["method"] == "recovery");
    }

    private static Task<Outcome<StepUpResponse>> ProveAsync(TestGateway gateway, TestUser user, string method, string code, string action) => gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
        stepUps.ProveAsync(user.Caller, new StepUpRequest { Method = method, Code = code, Action = action }, default));

    private static Task<Outcome<BrowserLogin>> SignInAsync(TestGateway gateway, TestUser user, string code) =>
        gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync(user.Name, user.Password, code, "127.0.0.1", "test", default));
}
