namespace AccessGateway.Tests.SignIn;

using AccessGateway.AccessRequests;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Which step-up serves which action: nobody is asked again within minutes, and nothing privileged is done without being asked.</summary>
public sealed class StepUpServiceTests
{
    private static readonly StepUpRequirement Usual = new(TimeSpan.FromMinutes(5), StepUpMethods.Factors, Privileged: false);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Spend_WithoutProof_ServedByAnEarlierOneOfTheKindInTheLogin(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-1", Usual));
        Assert.Null(await SpendAsync(gateway, alice, "activate:ar-1", Usual, await gateway.ProveAsync(alice, "activate:ar-1")));

        Assert.Null(await SpendAsync(gateway, alice, "activate:ar-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "review:ar-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "extend:gr-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice.In("bl-2"), "activate:ar-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice.In(""), "activate:ar-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, (await gateway.AddUserAsync("bob")).In("bl-1"), "activate:ar-2", Usual));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-2", Usual with { Privileged = true }));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-2", Usual with { Methods = [StepUpMethods.Passkey] }));
        var row = Assert.Single(await gateway.AuditAsync(), row => row.Type == "step_up.served");
        Assert.Equal(("activate:ar-2", "activate:ar-1"), (row.Details["action"], row.Details["by"]));
    }

    /// <summary>The age counts from the MFA, not from what it served last: serving does not prolong it.</summary>
    [Fact]
    public async Task Spend_WithoutProof_NotBeyondTheAgeOfTheMfa()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        var proof = await gateway.ProveAsync(alice, "activate:ar-1");
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await SpendAsync(gateway, alice, "activate:ar-1", Usual, proof));
        gateway.Clock.Advance(TimeSpan.FromMinutes(3.9));
        Assert.Null(await SpendAsync(gateway, alice, "activate:ar-2", Usual));
        gateway.Clock.Advance(TimeSpan.FromMinutes(0.1));
        var asked = Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-3", Usual));
        Assert.Equal((Usual.MaxAge, Usual.Methods), (asked.MaxAge, asked.Methods));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-3", Usual with { MaxAge = TimeSpan.FromSeconds(30) }));
    }

    [Fact]
    public async Task Spend_ProofNeverUsed_ServesNothing()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        await gateway.ProveAsync(alice, "activate:ar-1");
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, "activate:ar-2", Usual));
    }

    [Fact]
    public async Task Spend_ProofOfAnotherLoginOrFactor_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("bl-1");
        var proof = await gateway.ProveAsync(alice, "activate:ar-1");
        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, alice.In("bl-2"), "activate:ar-1", Usual, proof));
        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, alice, "activate:ar-1", Usual with { Methods = [StepUpMethods.Passkey] }, proof));
        Assert.Null(await SpendAsync(gateway, alice, "activate:ar-1", Usual, proof));
    }

    /// <summary>The whole way, with low risk: one step-up, then none for a while; privileged: one each time.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Review_LowRiskAndPrivileged_AskedOnceAndEachTime(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = (await gateway.AddUserAsync("alice", "platform")).In("bl-1");
        var (admin, sre) = ((await gateway.AddUserAsync("root", "administrators")).In("bl-2"), (await gateway.AddUserAsync("sre", "sre")).In("bl-3"));
        var editors = new List<string>();
        var admins = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            editors.Add((await gateway.SubmitAsync(alice, "editor", "10m", $"payments-{i}")).Id);
            admins.Add((await gateway.SubmitAsync(alice, "admin")).Id);
        }

        Assert.NotNull(TestGateway.Value(await gateway.ReviewAsync(admin, editors[0])));
        Assert.NotNull(TestGateway.Value(await gateway.TryReviewAsync(admin, editors[1], proof: null)));
        Assert.NotNull(TestGateway.Value(await gateway.ReviewAsync(sre, admins[0])));
        var asked = Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryReviewAsync(sre, admins[1], proof: null)));
        Assert.Equal(TimeSpan.Zero, asked.MaxAge);

        Assert.NotNull(await gateway.ActivateAsync(alice, editors[0]));
        var second = TestGateway.Value(await gateway.TryActivateAsync(alice, editors[1], proof: null));
        Assert.Equal(GrantState.Active, second.State);
    }

    /// <summary>A policy that demands a phishing-resistant factor refuses TOTP at every step.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Activate_PolicyDemandsPasskey_TotpRefusedPasskeyAccepted(DatabaseKind kind)
    {
        var documents = StandardDocuments.Yaml(new Uri("https://127.0.0.1:1")).Replace("reason: {required", "mfa: {factors: [passkey]}\n  reason: {required", StringComparison.Ordinal);
        await using var gateway = await TestGateway.CreateAsync(kind, documents: documents);
        var alice = (await gateway.AddUserAsync("alice", "platform")).In("bl-1");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(alice, passkey);
        var requests = new List<AccessRequest> { await gateway.SubmitAsync(alice), await gateway.SubmitAsync(alice) };

        Assert.Equal([StepUpMethods.Passkey], Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, requests[0].Id, proof: null))).Methods);
        var byCode = await gateway.ProveAsync(alice, StepUpActions.Activate(requests[0].Id));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await gateway.TryActivateAsync(alice, requests[0].Id, byCode)).Code);
        var byPasskey = await gateway.ProveAsync(alice, StepUpActions.Activate(requests[0].Id), passkey);
        var grant = TestGateway.Value(await gateway.TryActivateAsync(alice, requests[0].Id, byPasskey));
        Assert.NotNull(TestGateway.Value(await gateway.TryActivateAsync(alice, requests[1].Id, proof: null)));

        Task<Outcome<Extension>> ExtendAsync(string? proof) => gateway.TryExtendAsync(alice, grant.Id, "5m", proof);
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await ExtendAsync(await gateway.ProveAsync(alice, StepUpActions.Extend(grant.Id)))).Code);
        Assert.NotNull(TestGateway.Value(await ExtendAsync(await gateway.ProveAsync(alice, StepUpActions.Extend(grant.Id), passkey))));
    }

    private static Task<Refusal?> SpendAsync(TestGateway gateway, TestUser user, string action, StepUpRequirement requirement, string? proof = null) =>
        gateway.InScopeAsync(async services =>
        {
            var refusal = await services.GetRequiredService<StepUps>().SpendAsync(user.Caller, action, proof, requirement, default);
            await services.GetRequiredService<GatewayDbContext>().SaveChangesAsync();
            return refusal;
        });
}
