namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class StepUpsTests
{
    private const string Action = "activate:ar-0000000000000";

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prove_RightCode_ProofCountsOnceForItsActionAlone(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var proof = await gateway.ProveAsync(alice, Action);

        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, alice, "activate:ar-1111111111111", proof));
        Assert.Null(await SpendAsync(gateway, alice, Action, proof));
        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, alice, Action, proof));
        Assert.IsType<Refusal.StepUpRequired>(await SpendAsync(gateway, alice, Action, null));
    }

    [Fact]
    public async Task Spend_ProofOfAnother_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var bob = await gateway.AddUserAsync("bob");
        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, bob, Action, await gateway.ProveAsync(alice, Action)));
    }

    [Fact]
    public async Task Spend_ProofTooOld_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var proof = await gateway.ProveAsync(alice, Action);
        gateway.Clock.Advance(StepUpProof.Lifetime);
        Assert.IsType<Refusal.Forbidden>(await SpendAsync(gateway, alice, Action, proof));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prove_UsedCodeOrOlderStep_Refused(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var older = gateway.NextCode(alice);
        var code = gateway.NextCode(alice);
        Assert.NotNull(TestGateway.Value(await ProveAsync(gateway, alice, code)));
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await ProveAsync(gateway, alice, code)).Code);
        Assert.Equal(ProblemCodes.StepUpFailed, TestGateway.RefusalOf(await ProveAsync(gateway, alice, older)).Code);
    }

    /// <summary>I5: of many submissions of one code at once, over two gateways that share a database, exactly one counts.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prove_OneCodeManyTimesAtOnceOnTwoGateways_ExactlyOneAccepted(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        var data = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;
        await using var first = await TestGateway.CreateAsync(kind, database: database, data: data);
        await using var second = await TestGateway.CreateAsync(kind, database: database, data: data, clock: first.Clock);
        var alice = await first.AddUserAsync("alice");
        var code = first.NextCode(alice);

        // Past the limit of failures the answer would be "locked", which proves nothing about the code: spend it below the limit.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => (i % 2 == 0 ? first : second).InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            var user = await db.Users.AsNoTracking().SingleAsync(row => row.Id == alice.Caller.UserId);
            return await services.GetRequiredService<SecondFactor>().SpendAsync(user, code, allowRecovery: false, default);
        }))));
        Assert.Equal(1, outcomes.Count(accepted => accepted));
        Directory.Delete(data, recursive: true);
    }

    /// <summary>I6: counted in the database before it is judged, so many wrong codes at once get no more than the limit.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Prove_ManyWrongCodesAtOnce_OnlyTheFreeOnesAreJudged(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var alice = await gateway.AddUserAsync("alice");
        var wrong = gateway.NextCode(alice) == "000000" ? "000001" : "000000";
        var refusals = (await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => ProveAsync(gateway, alice, wrong))))).Select(TestGateway.RefusalOf).ToList();
        Assert.Equal(AttemptLimit.Free, refusals.Count(refusal => refusal.Code == ProblemCodes.StepUpFailed));
        Assert.Equal(30 - AttemptLimit.Free, refusals.OfType<Refusal.Locked>().Count());

        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(TestGateway.Value(await ProveAsync(gateway, alice, gateway.NextCode(alice))));
    }

    [Theory]
    [InlineData("sms", "123456", Action, "method")]
    [InlineData("totp", "12345", Action, "code")]
    [InlineData("totp", " 123456", Action, "code")]
    [InlineData("totp", "123456", "delete:everything", "action")]
    [InlineData("totp", "123456", "activate:ar-0;drop", "action")]
    public async Task Prove_Malformed_NamesTheField(string method, string code, string action, string field)
    {
        await using var gateway = await TestGateway.CreateAsync();
        var alice = await gateway.AddUserAsync("alice");
        var outcome = await gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
            stepUps.ProveAsync(alice.Caller, new StepUpRequest { Method = method, Code = code, Action = action }, default));
        Assert.True(Assert.IsType<Refusal.Invalid>(TestGateway.RefusalOf(outcome)).Errors.ContainsKey(field));
    }

    private static Task<Outcome<StepUpResponse>> ProveAsync(TestGateway gateway, TestUser user, string code) => gateway.WithAsync<StepUps, Outcome<StepUpResponse>>(stepUps =>
        stepUps.ProveAsync(user.Caller, new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = Action }, default));

    private static Task<Refusal?> SpendAsync(TestGateway gateway, TestUser user, string action, string? proof) =>
        gateway.WithAsync<StepUps, Refusal?>(stepUps => stepUps.SpendAsync(user.Caller, action, proof, new StepUpRequirement(TimeSpan.FromMinutes(5), StepUpMethods.Factors, Privileged: false), default));
}
