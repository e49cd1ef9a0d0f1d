namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>Step-up in a browser for a plugin.</summary>
public sealed class StepUpPromptsTests
{
    private const string Action = "activate:ar-0000000000000";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Take_AllowedInTheBrowser_ProofOnceForTheAskingLogin(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var browser = (await gateway.AddUserAsync("alice")).In("bl-1");
        var plugin = browser.In("oa-1");
        using var passkey = new TestPasskey();
        await gateway.AddPasskeyAsync(browser, passkey);
        var prompt = await StartAsync(gateway, plugin, [StepUpMethods.Passkey]);
        Assert.Matches("^[B-Z]{4}-[B-Z]{4}$", prompt.Reference);
        Assert.Equal(ProblemCodes.StepUpPending, TestGateway.RefusalOf(await TakeAsync(gateway, plugin, prompt)).Code);

        var action = StepUpPrompts.ActionOf(prompt.Reference);
        Assert.IsType<Refusal.StepUpRequired>(TestGateway.RefusalOf(await AllowAsync(gateway, browser, prompt, null)));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await AllowAsync(gateway, browser, prompt, await gateway.ProveAsync(browser, action))).Code);
        Assert.NotNull(TestGateway.Value(await AllowAsync(gateway, browser, prompt, await gateway.ProveAsync(browser, action, passkey))));

        foreach (var other in new[] { browser, browser.In("oa-2"), (await gateway.AddUserAsync("mallory")).In("oa-1") })
            Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await TakeAsync(gateway, other, prompt)));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TakeAsync(gateway, plugin, prompt))));
        var proof = TestGateway.Value(Assert.Single(outcomes, outcome => outcome.Is(out var _, out var _))).Proof;

        var requirement = new StepUpRequirement(TimeSpan.FromMinutes(5), [StepUpMethods.Passkey], Privileged: true);
        Task<Refusal?> SpendAsync(TestUser user, string what) => gateway.WithAsync<StepUps, Refusal?>(stepUps => stepUps.SpendAsync(user.Caller, what, proof, requirement, default));
        Assert.NotNull(await SpendAsync(browser, Action));
        Assert.NotNull(await SpendAsync(plugin, "activate:ar-1"));
        Assert.Null(await SpendAsync(plugin, Action));
    }

    /// <summary>The proof is as old as the MFA, not as the poll that fetched it.</summary>
    [Fact]
    public async Task Take_Late_ProofKeepsItsAge()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var browser = (await gateway.AddUserAsync("alice")).In("bl-1");
        var plugin = browser.In("oa-1");
        var prompt = await StartAsync(gateway, plugin, null);
        TestGateway.Value(await AllowAsync(gateway, browser, prompt, await gateway.ProveAsync(browser, StepUpPrompts.ActionOf(prompt.Reference))));
        var proven = gateway.Clock.GetUtcNow();
        gateway.Clock.Advance(StepUpProof.Lifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(proven + StepUpProof.Lifetime, TestGateway.Value(await TakeAsync(gateway, plugin, prompt)).ExpiresAt);
    }

    [Fact]
    public async Task Take_DeniedReplacedOrLate_NoProof()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var browser = (await gateway.AddUserAsync("alice")).In("bl-1");
        var plugin = browser.In("oa-1");
        var replaced = await StartAsync(gateway, plugin, null);
        var denied = await StartAsync(gateway, plugin, null);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await TakeAsync(gateway, plugin, replaced)));
        TestGateway.Value(await gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(prompts => prompts.DenyAsync(browser.Caller, denied.Reference.ToLowerInvariant(), default)));
        Assert.Equal(ProblemCodes.StepUpDenied, TestGateway.RefusalOf(await TakeAsync(gateway, plugin, denied)).Code);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await AllowAsync(gateway, browser, denied, null)));

        var late = await StartAsync(gateway, plugin, null);
        var proof = await gateway.ProveAsync(browser, StepUpPrompts.ActionOf(late.Reference));
        gateway.Clock.Advance(StepUpPrompt.Lifetime);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await AllowAsync(gateway, browser, late, proof)));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await TakeAsync(gateway, plugin, late)));
    }

    [Fact]
    public async Task Allow_SomebodyElsesPrompt_Unknown()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("oa-1");
        var mallory = (await gateway.AddUserAsync("mallory")).In("bl-2");
        var prompt = await StartAsync(gateway, alice, null);
        var proof = await gateway.ProveAsync(mallory, StepUpPrompts.ActionOf(prompt.Reference));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await AllowAsync(gateway, mallory, prompt, proof)));
    }

    [Fact]
    public async Task Start_Malformed_NamesTheField()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = (await gateway.AddUserAsync("alice")).In("oa-1");
        foreach (var (asked, field) in new[] { (new StartBrowserStepUp { Action = "delete:everything" }, "action"), (new StartBrowserStepUp { Action = Action, Methods = ["sms"] }, "methods") })
        {
            var refusal = TestGateway.RefusalOf(await gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(prompts => prompts.StartAsync(alice.Caller, asked, "x", "x", default)));
            Assert.True(Assert.IsType<Refusal.Invalid>(refusal).Errors.ContainsKey(field));
        }
    }

    private static async Task<StepUpPrompt> StartAsync(TestGateway gateway, TestUser user, IReadOnlyList<string>? methods) => TestGateway.Value(await gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(
        prompts => prompts.StartAsync(user.Caller, new StartBrowserStepUp { Action = Action, Methods = methods }, "kubectl-access", "192.0.2.1", default)));

    private static Task<Outcome<StepUpPrompt>> AllowAsync(TestGateway gateway, TestUser user, StepUpPrompt prompt, string? proof) =>
        gateway.WithAsync<StepUpPrompts, Outcome<StepUpPrompt>>(prompts => prompts.AllowAsync(user.Caller, prompt.Reference, proof, default));

    private static Task<Outcome<StepUpResponse>> TakeAsync(TestGateway gateway, TestUser user, StepUpPrompt prompt) =>
        gateway.WithAsync<StepUpPrompts, Outcome<StepUpResponse>>(prompts => prompts.TakeAsync(user.Caller, prompt.Reference, default));
}
