namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

public sealed class FactorsTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task AddTotp_WithStepUp_EachAuthenticatorCountsAndIsNamed(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var (added, second) = await gateway.AddTotpAsync(alice, " Tablet ");
        Assert.Equal((FactorKind.Totp, "Tablet", null), (added.Kind, added.Name, added.LastUsedAt));

        await gateway.ProveAsync(second, StepUpActions.RenameFactor(added.Id));
        await gateway.ProveAsync(alice, StepUpActions.RenameFactor(added.Id));
        var factors = await ListAsync(gateway, alice);
        Assert.Equal(["Authenticator", "Tablet"], factors.Select(factor => factor.Name));
        Assert.All(factors, factor => Assert.NotNull(factor.LastUsedAt));
        Assert.True(factors[0].LastUsedAt > factors[1].LastUsedAt);
        Assert.Contains(await gateway.AuditAsync(), row => row.Type == "factor.enrolled" && row.Details["name"] == "Tablet");
        Assert.Contains("The authenticator 'Tablet' was added", Assert.Single(await gateway.NoticesAsync(alice)), StringComparison.Ordinal);
    }

    /// <summary>SECURITY: an older step after a newer one is refused, whichever authenticator shows it.</summary>
    [Fact]
    public async Task Prove_OtherAuthenticatorInTheSameStep_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var (_, second) = await gateway.AddTotpAsync(alice);
        await gateway.ProveAsync(alice, "activate:ar-0");
        var refusal = TestGateway.RefusalOf(await gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps => stepUps.ProveAsync(
            alice.Caller, new StepUpRequest { Method = "totp", Code = second.CodeAt(gateway.Clock.GetUtcNow()), Action = "activate:ar-0" }, default)));
        Assert.Equal(ProblemCodes.StepUpFailed, refusal.Code);
    }

    /// <summary>SECURITY: a second factor can be added only with a step-up; so with names, removal and recovery codes.</summary>
    [Fact]
    public async Task Change_WithoutOrWithAnotherActionsProof_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        var (tablet, _) = await gateway.AddTotpAsync(alice);
        foreach (var (action, change) in Changes(gateway, alice, tablet.Id))
        {
            // The step-up that added the tablet is seconds old; it serves nothing of this kind.
            var asked = Assert.IsType<Refusal.StepUpRequired>(await change(null));
            Assert.Equal((action, TimeSpan.Zero), (asked.Action, asked.MaxAge));
            Assert.Equal(ProblemCodes.StepUpFailed, (await change(await gateway.ProveAsync(alice, "activate:ar-0")))!.Code);
            Assert.Equal(ProblemCodes.StepUpFailed, (await change(await gateway.ProveAsync(alice.In("bl-2"), action)))!.Code);
        }

        Assert.Equal(2, (await ListAsync(gateway, alice)).Count);
    }

    [Fact]
    public async Task Change_WithItsProof_DoneOnceAuditedAndTold()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var (tablet, _) = await gateway.AddTotpAsync(alice);
        foreach (var (action, change) in Changes(gateway, alice, tablet.Id))
        {
            var proof = await gateway.ProveAsync(alice, action);
            Assert.Null(await change(proof));
            Assert.NotNull(await change(proof));
        }

        var types = (await gateway.AuditAsync()).Select(row => row.Type).ToList();
        Assert.Equal(["factor.renamed", "recovery_codes.replaced", "factor.removed"], types.Where(type => type is "factor.renamed" or "factor.removed" or "recovery_codes.replaced"));
        Assert.Equal(4, (await gateway.NoticesAsync(alice)).Count);
    }

    [Fact]
    public async Task Change_OfSomebodyElsesFactor_Unknown()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var (tablet, _) = await gateway.AddTotpAsync(alice);
        var mallory = await gateway.AddUserAsync("mallory");
        await gateway.AddTotpAsync(mallory);
        Assert.IsType<Refusal.NotFound>(await RenameAsync(gateway, mallory, tablet.Id, await gateway.ProveAsync(mallory, StepUpActions.RenameFactor(tablet.Id))));
        Assert.IsType<Refusal.NotFound>(await RemoveAsync(gateway, mallory, tablet.Id, await gateway.ProveAsync(mallory, StepUpActions.RemoveFactor(tablet.Id))));
        Assert.Contains(await ListAsync(gateway, alice), factor => factor.Name == tablet.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("two\nlines")]
    [InlineData("esc\e[2J")]
    [InlineData("123456789012345678901234567890123456789012345678901")]
    public async Task Rename_BadName_NamesTheField(string name)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var id = (await ListAsync(gateway, alice)).Single().Id;
        var outcome = await gateway.WithAsync<Factors, Outcome<FactorView>>(factors => factors.RenameAsync(alice.Caller, id, name, "x", default));
        Assert.True(Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(outcome)).Errors.ContainsKey("name"));
    }

    /// <summary>Of two removals at once, on two gateways, of the last two factors one wins: nobody is left without.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Remove_LastTwoAtOnce_OneStays(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var (tablet, _) = await gateway.AddTotpAsync(alice);
        var first = (await ListAsync(gateway, alice))[0];
        var proofs = new List<(string Id, string Proof)>();
        foreach (var id in new[] { first.Id, tablet.Id })
            proofs.Add((id, await gateway.ProveAsync(alice, StepUpActions.RemoveFactor(id))));
        var refusals = await Task.WhenAll(proofs.Select(proof => Task.Run(() => RemoveAsync(gateway, alice, proof.Id, proof.Proof))));
        Assert.Single(refusals, refusal => refusal is null);
        Assert.Equal(ProblemCodes.LastFactor, refusals.Single(refusal => refusal is not null)!.Code);
        Assert.Single(await ListAsync(gateway, alice));
    }

    [Fact]
    public async Task Remove_Factor_VoidsWhatWasProven()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var (tablet, second) = await gateway.AddTotpAsync(alice);
        var proof = await gateway.ProveAsync(second, "activate:ar-0");
        Assert.Null(await RemoveAsync(gateway, alice, tablet.Id, await gateway.ProveAsync(alice, StepUpActions.RemoveFactor(tablet.Id))));
        Assert.NotNull(await gateway.WithAsync<StepUps, Refusal?>(stepUps => stepUps.SpendAsync(alice.Caller, "activate:ar-0", proof, StepUpRequirement.Fresh, default)));
        gateway.Clock.Advance(TimeSpan.FromSeconds(30));
        var refusal = TestGateway.RefusalOf(await gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps => stepUps.ProveAsync(
            alice.Caller, new StepUpRequest { Method = "totp", Code = second.CodeAt(gateway.Clock.GetUtcNow()), Action = "activate:ar-0" }, default)));
        Assert.Equal(ProblemCodes.StepUpFailed, refusal.Code);
    }

    [Fact]
    public async Task Confirm_WrongCodeOtherLoginOrLate_NothingAdded()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        var proof = await gateway.ProveAsync(alice, StepUpActions.AddTotp);
        var offer = TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(alice.Caller, "Tablet", proof, default)));
        var tablet = alice with { TotpSecret = offer.Secret };
        Task<Outcome<FactorView>> ConfirmAsync(TestUser user, string code) => gateway.WithAsync<TotpOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(user.Caller, code, default));

        // The step-up's own half minute is used up, for the new authenticator too.
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ConfirmAsync(alice, tablet.CodeAt(gateway.Clock.GetUtcNow()))));
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ConfirmAsync(alice, "000000")));
        Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(await ConfirmAsync(alice, gateway.NextCode(tablet) + " ")));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(alice.In("bl-2"), gateway.NextCode(tablet))));
        gateway.Clock.Advance(FactorOffer.TotpLifetime);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(alice, gateway.NextCode(tablet))));
        Assert.Single(await ListAsync(gateway, alice));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Confirm_ManyAtOnce_OneAdded(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var proof = await gateway.ProveAsync(alice, StepUpActions.AddTotp);
        var offer = TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(alice.Caller, "Tablet", proof, default)));
        var code = gateway.NextCode(alice with { TotpSecret = offer.Secret });
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => gateway.WithAsync<TotpOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(alice.Caller, code, default)))));
        Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _));
        Assert.Equal(2, (await ListAsync(gateway, alice)).Count);
    }

    [Fact]
    public async Task Begin_TooManyAuthenticators_Conflict()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        for (var i = 1; i < TotpFactor.Limit; i++)
            await gateway.AddTotpAsync(alice, $"Phone {i}");
        var proof = await gateway.ProveAsync(alice, StepUpActions.AddTotp);
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(alice.Caller, "One more", proof, default))));
    }

    /// <summary>A reset never skips MFA: nothing of before signs in or proves anything, and the user is told.</summary>
    [Fact]
    public async Task Reset_Enrolled_NothingOfBeforeCounts()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var (alice, codes) = await gateway.EnrolAsync("alice");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        var proof = await gateway.ProveAsync(alice, "activate:ar-0");
        var question = await gateway.WithAsync<PasskeySignIns, PasskeyQuestion>(signIns => signIns.AskAsync());
        TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("test", "alice", default)));

        Assert.NotNull(await gateway.WithAsync<StepUps, Refusal?>(stepUps => stepUps.SpendAsync(alice.Caller, "activate:ar-0", proof, StepUpRequirement.Fresh, default)));
        foreach (var code in new[] { gateway.NextCode(alice), codes[0] })
            Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.WithAsync<SignIns, Outcome<BrowserLogin>>(signIns => signIns.SignInAsync("alice", alice.Password, code, "127.0.0.1", "test", default))));
        passkey.Counter++;
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.WithAsync<PasskeySignIns, Outcome<BrowserLogin>>(signIns =>
            signIns.SignInAsync(new PasskeyAnswer(question.Challenge, passkey.Get(question.Options)), "127.0.0.1", "test", default))));
        Assert.Empty(await ListAsync(gateway, alice));
        Assert.Contains("An administrator took", (await gateway.NoticesAsync(alice))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dismiss_OwnNotices_OnlyThoseRead()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var mallory = await gateway.AddUserAsync("mallory");
        await gateway.AddTotpAsync(alice, "One");
        var read = (await gateway.WithAsync<Notices, IReadOnlyList<Notice>>(notices => notices.ListAsync(alice.Caller, default))).Select(notice => notice.Id).ToList();
        await gateway.AddTotpAsync(alice, "Two");
        foreach (var user in new[] { mallory, alice })
        {
            await gateway.WithAsync<Notices, object?>(async notices =>
            {
                await notices.DismissAsync(user.Caller, read, default);
                return null;
            });
            Assert.Equal(user == mallory ? 2 : 1, (await gateway.NoticesAsync(alice)).Count);
        }
    }

    private static (string Action, Func<string?, Task<Refusal?>> Change)[] Changes(TestGateway gateway, TestUser user, string factorId) =>
    [
        (StepUpActions.RenameFactor(factorId), proof => RenameAsync(gateway, user, factorId, proof)),
        (StepUpActions.RecoveryCodes, proof => RefusalAsync(gateway.WithAsync<RecoveryCodes, Outcome<IReadOnlyList<string>>>(codes => codes.ReplaceAsync(user.Caller, proof, default)))),
        (StepUpActions.RemoveFactor(factorId), proof => RemoveAsync(gateway, user, factorId, proof)),
    ];

    private static Task<IReadOnlyList<FactorView>> ListAsync(TestGateway gateway, TestUser user) =>
        gateway.WithAsync<Factors, IReadOnlyList<FactorView>>(factors => factors.ListAsync(user.Caller, default));

    private static Task<Refusal?> RenameAsync(TestGateway gateway, TestUser user, string id, string? proof) =>
        RefusalAsync(gateway.WithAsync<Factors, Outcome<FactorView>>(factors => factors.RenameAsync(user.Caller, id, "Renamed", proof, default)));

    private static Task<Refusal?> RemoveAsync(TestGateway gateway, TestUser user, string id, string? proof) =>
        RefusalAsync(gateway.WithAsync<Factors, Outcome<FactorView>>(factors => factors.RemoveAsync(user.Caller, id, proof, default)));

    private static async Task<Refusal?> RefusalAsync<T>(Task<Outcome<T>> outcome)
        where T : class => (await outcome).Is(out _, out var refusal) ? null : refusal;
}
