namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Adding a passkey, by an authenticator that a test can bend.</summary>
public sealed class PasskeyOffersTests
{
    [Fact]
    public async Task Confirm_BentOrRepeatedOrLate_NothingAdded()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        using var known = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, known);
        foreach (var bend in new Action<TestPasskey>[] { p => p.Origin = "https://evil.example", p => p.RelyingParty = "evil.example", p => p.VerifiesUser = false, p => p.CrossOrigin = true })
        {
            using var bent = new TestPasskey();
            bend(bent);
            var offer = await BeginAsync(gateway, alice);
            Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice, bent.Create(offer.Options!))));
            Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice, bent.Create(offer.Options!))));
        }

        // One that is known already, and another challenge's.
        var first = await BeginAsync(gateway, alice);
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice, known.Create(first.Options!))));
        using var other = new TestPasskey();
        var late = other.Create((await BeginAsync(gateway, alice)).Options!);
        await BeginAsync(gateway, alice);
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice, late)));
        var good = other.Create((await BeginAsync(gateway, alice)).Options!);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice.In("bl-2"), good)));
        gateway.Clock.Advance(FactorOffer.PasskeyLifetime);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await ConfirmAsync(gateway, alice, good)));
        Assert.Single(await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Passkeys.ToListAsync()));
    }

    /// <summary>A passkey is added with a step-up of its own alone, and its owner is told of it and of its end.</summary>
    [Fact]
    public async Task Begin_WithoutItsProof_RefusedAndWithItTold()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        Task<Outcome<FactorOffer>> BeginAsync(string? proof) => gateway.WithAsync<PasskeyOffers, Outcome<FactorOffer>>(offers => offers.BeginAsync(alice.Caller, "Key", proof, default));
        Assert.Equal(StepUpActions.AddPasskey, Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await BeginAsync(null))).Action);
        foreach (var action in new[] { "activate:ar-0000000000000", StepUpActions.AddTotp, StepUpActions.RecoveryCodes })
            Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await BeginAsync(await gateway.ProveAsync(alice, action))).Code);
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await BeginAsync(await gateway.ProveAsync(alice.In("bl-2"), StepUpActions.AddPasskey))).Code);
        Assert.Empty(await gateway.NoticesAsync(alice));

        using var passkey = new TestPasskey();
        var added = await gateway.AddPasskeyAsync(alice, passkey);
        Assert.Contains("The passkey 'Laptop' was added", Assert.Single(await gateway.NoticesAsync(alice)), StringComparison.Ordinal);
        var proof = await gateway.ProveAsync(alice, StepUpActions.RemoveFactor(added.Id));
        TestGateway.Value(await gateway.WithAsync<Factors, Outcome<FactorView>>(factors => factors.RemoveAsync(alice.Caller, added.Id, proof, default)));
        Assert.Contains(await gateway.NoticesAsync(alice), text => text.Contains("The passkey 'Laptop' was removed", StringComparison.Ordinal));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Confirm_ManyAtOnce_OneAdded(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        using var passkey = new TestPasskey();
        var credential = passkey.Create((await BeginAsync(gateway, alice)).Options!);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ConfirmAsync(gateway, alice, credential))));
        Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _));
    }

    private static async Task<FactorOffer> BeginAsync(TestGateway gateway, TestUser user)
    {
        var proof = await gateway.ProveAsync(user, StepUpActions.AddPasskey);
        return TestGateway.Value(await gateway.WithAsync<PasskeyOffers, Outcome<FactorOffer>>(offers => offers.BeginAsync(user.Caller, "Key", proof, default)));
    }

    private static Task<Outcome<FactorView>> ConfirmAsync(TestGateway gateway, TestUser user, string credential) =>
        gateway.WithAsync<PasskeyOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(user.Caller, credential, default));
}
