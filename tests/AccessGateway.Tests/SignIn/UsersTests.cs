namespace AccessGateway.Tests.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class UsersTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_SomebodyWithAccess_LosesAllOfItInOneStep(DatabaseKind kind)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(kind, apiServer: api);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        var bob = await gateway.AddUserAsync("bob", "platform");
        using var client = await gateway.SignInAsync(alice);
        var held = new[] { await gateway.GrantAsync(alice), await gateway.GrantAsync(alice) };
        var bobs = await gateway.GrantAsync(bob);
        var (pending, approved) = (await gateway.SubmitAsync(alice, "admin"), await gateway.SubmitAsync(alice));
        Assert.Equal(3, api.Objects.Count);

        Assert.NotNull(TestGateway.Value(await DisableAsync(gateway, "alice")));

        // Told before the answer came, and nobody else's.
        Assert.Equal([$"clusterrolebindings/jit-{bobs.Id}"], api.Objects.Keys);
        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            Assert.All(await db.Logins.Where(login => login.UserId == alice.Caller.UserId).ToListAsync(), login => Assert.NotNull(login.EndedAt));
            Assert.All(await db.Grants.Where(grant => grant.HolderId == alice.Caller.UserId).ToListAsync(), grant => Assert.Equal((GrantState.Revoked, "console"), (grant.State, grant.EndedBy)));
            Assert.All(await db.AccessRequests.Where(row => row.Id == pending.Id || row.Id == approved.Id).ToListAsync(), row => Assert.Equal(AccessRequestState.Withdrawn, row.State));
            return 0;
        });
        var events = (await gateway.AuditAsync()).Where(row => row.Actor == "console").ToList();
        Assert.Equal(
            ["access_request.withdrawn", "access_request.withdrawn", "grant.revoked", "grant.revoked", "plugin_login.ended", "sign_in.ended", "user.disabled"],
            events.Select(row => row.Type).Order(StringComparer.Ordinal));
        Assert.Equal(held.Select(grant => grant.Id).Order(), events.Where(row => row.Type == "grant.revoked").Select(row => row.GrantId).Order());
    }

    [Fact]
    public async Task Disable_ClusterDown_GrantsEndAndTheClusterIsToldLater()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var grant = await gateway.GrantAsync(alice);
        api.Fault = _ => 503;
        var disabled = TestGateway.Value(await DisableAsync(gateway, "alice"));
        Task<IReadOnlyList<string>> NotToldAsync() => gateway.WithAsync<IHeldAccess, IReadOnlyList<string>>(access => access.ClustersNotToldAsync(disabled, default));
        Assert.Equal([TestGateway.Cluster], await NotToldAsync());
        Assert.Equal(GrantState.Revoked, await StateAsync(gateway, grant));
        api.Fault = _ => null;
        await gateway.Services.GetRequiredService<AccessGateway.Bindings.Reconcilers>().For(TestGateway.Cluster).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(api.Objects);
        Assert.Empty(await NotToldAsync());
    }

    /// <summary>An activation that runs while the account is disabled must not leave a grant behind, whoever comes first.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_WhileTheyActivate_NoActiveGrantIsLeft(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        for (var i = 0; i < 12; i++)
        {
            var user = await gateway.AddUserAsync($"user-{i}", "platform");
            var request = await gateway.SubmitAsync(user);
            var proof = await gateway.ProveAsync(user, StepUpActions.Activate(request.Id));
            await Task.WhenAll(Task.Run(() => gateway.TryActivateAsync(user, request.Id, proof)), Task.Run(() => DisableAsync(gateway, user.Name)));
        }

        await gateway.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<GatewayDbContext>();
            Assert.Empty(await db.Grants.Where(grant => grant.State == GrantState.Active).ToListAsync());
            Assert.Empty(await db.AccessRequests.Where(row => row.State == AccessRequestState.Approved && row.ActivatedAt == null).ToListAsync());
            return 0;
        });
    }

    /// <summary>Two gateways, two administrators, each disables the other in the same moment: one of them is left.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_AdministratorsDisableEachOtherAtOnce_OneIsLeft(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        var root = await pair.First.AddUserAsync("root", "administrators");
        var admin = await pair.First.AddUserAsync("admin", "administrators");
        for (var i = 0; i < 10; i++)
        {
            var proofs = (Root: await pair.First.ProveAsync(root, StepUpActions.User("admin")), Admin: await pair.First.ProveAsync(admin, StepUpActions.User("root")));
            var outcomes = await Task.WhenAll(
                Task.Run(() => pair.First.WithAsync<UserAdministration, Outcome<UserView>>(users => users.SetDisabledAsync(root.Caller, "admin", disabled: true, proofs.Root, default))),
                Task.Run(() => pair.Second.WithAsync<UserAdministration, Outcome<UserView>>(users => users.SetDisabledAsync(admin.Caller, "root", disabled: true, proofs.Admin, default))));
            Assert.Single(outcomes, outcome => outcome.Is(out _, out _));
            var states = TestGateway.Value(await pair.First.WithAsync<UserDirectory, Outcome<List<UserView>>>(directory => directory.ListAsync(root.Caller, new UserFilter(), 10, null, default)));
            Assert.Single(states, user => user.State == UserState.Enrolled);
            foreach (var user in states.Where(user => user.State == UserState.Disabled))
                await pair.First.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("console", user.Name, disabled: false, default));
        }
    }

    /// <summary>The same by every way there is, by the console too: five administrators, five ways each, all at once.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Change_AllAdministratorsAtOnce_OneCanStillSignIn(DatabaseKind kind)
    {
        await using var pair = await GatewayPair.CreateAsync(kind);
        var names = Enumerable.Range(0, 5).Select(i => $"admin-{i}").ToList();
        foreach (var name in names)
            await pair.First.AddUserAsync(name, "administrators");
        await Task.WhenAll(names.SelectMany(name => new[]
        {
            Task.Run(() => pair.First.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("console", name, disabled: true, default))),
            Task.Run(() => pair.Second.WithAsync<Users, Outcome<User>>(users => users.SetGroupsAsync("console", name, ["auditors"], default))),
        }));
        var left = await pair.First.WithAsync<UserDirectory, List<UserView>>(directory => directory.ReadAsync(new UserFilter(UserState.Enrolled, "administrators"), 10, null, default));
        Assert.Single(left);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Change_LastAdministrator_NeitherDisabledNorDemotedNorReset(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var root = await gateway.AddUserAsync("root", "administrators", "sre");
        await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "invited", ["administrators"], default));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await DisableAsync(gateway, "root")));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.WithAsync<Users, Outcome<User>>(users => users.SetGroupsAsync("console", "root", ["sre"], default))));
        var proof = await gateway.ProveAsync(root, StepUpActions.User("root"));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await gateway.WithAsync<UserAdministration, Outcome<Invitation>>(users => users.ResetAsync(root.Caller, "root", proof, default))));
        Assert.Equal(UserState.Enrolled, TestGateway.Value(await gateway.WithAsync<UserDirectory, Outcome<UserView>>(directory => directory.FindAsync(root.Caller, "root", default))).State);

        // With a shell on the gateway it can be reset: that is how all administrators lost are found again.
        Assert.NotNull(TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("console", "root", default))));
    }

    /// <summary>The one who asks must still be an administrator when their turn comes, whatever they were when they knocked.</summary>
    [Fact]
    public async Task Change_NoAdministratorAnyMore_Refused()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.AddUserAsync("root", "administrators");
        await gateway.AddUserAsync("alice");
        var mallory = await gateway.AddUserAsync("mallory", "administrators");
        var proof = await gateway.ProveAsync(mallory, StepUpActions.User("alice"));
        await gateway.WithAsync<Users, Outcome<User>>(users => users.SetGroupsAsync("console", "mallory", [], default));
        Assert.IsType<Refusal.Forbidden>(TestGateway.RefusalOf(await gateway.WithAsync<UserAdministration, Outcome<UserView>>(users =>
            users.SetGroupsAsync(mallory.Caller, "alice", ["administrators"], proof, default))));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Disable_ThenEnable_NothingComesBack(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        using var client = await gateway.SignInAsync(alice);
        using var browser = await Browser.SignedInAsync(gateway, alice);
        var link = TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "carol", [], default)));
        foreach (var name in new[] { "alice", "carol" })
        {
            await DisableAsync(gateway, name);
            await gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("console", name, disabled: false, default));
        }

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.Redirect, (await browser.GetAsync("/")).Status);
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(link, default))));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Reset_SignedInEverywhere_EveryLoginEnds(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice");
        using var client = gateway.Anonymous();
        var tokens = await gateway.AuthorizeAsync(client, alice);
        await gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("console", "alice", default));
        Assert.Equal("invalid_grant", (await ApiClient.RedeemAsync(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken! })).Error);
        Assert.All(await LoginsAsync(gateway), login => Assert.NotNull(login.EndedAt));
    }

    [Fact]
    public async Task Invite_InvitedEnrolledOrDisabled_OnlyTheInvitedAndTheOlderLinkStops()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.AddUserAsync("alice");
        Task<Outcome<string>> InviteAsync(string name) => gateway.WithAsync<Users, Outcome<string>>(users => users.InviteAsync("console", name, default));
        Task<Outcome<EnrolmentStep>> FindAsync(string secret) => gateway.WithAsync<Enrolments, Outcome<EnrolmentStep>>(enrolments => enrolments.FindAsync(secret, default));
        var first = TestGateway.Value(await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "carol", [], default)));
        var second = TestGateway.Value(await InviteAsync("carol"));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await FindAsync(first)));
        Assert.NotNull(TestGateway.Value(await FindAsync(second)));
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await InviteAsync("alice")));
        Assert.IsType<Refusal.NotFound>(TestGateway.RefusalOf(await InviteAsync("nobody")));
        await DisableAsync(gateway, "carol");
        Assert.IsType<Refusal.Conflict>(TestGateway.RefusalOf(await InviteAsync("carol")));
        await gateway.InScopeAsync(async services =>
        {
            Assert.DoesNotContain(await services.GetRequiredService<GatewayDbContext>().Enrolments.ToListAsync(), row => Convert.ToHexString(row.SecretHash).Contains(second, StringComparison.OrdinalIgnoreCase));
            return 0;
        });
    }

    [Theory]
    [InlineData("Alice")]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("system:admin")]
    [InlineData("al\u0131ce")]
    public async Task Add_BadNameOrGroup_NamesTheField(string name)
    {
        await using var gateway = await TestGateway.CreateAsync();
        async Task<Refusal> AddAsync(string user, string group) => TestGateway.RefusalOf(await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", user, [group], default)));
        Assert.True(Assert.IsType<Refusal.Invalid>(await AddAsync(name, "sre")).Errors.ContainsKey("name"));
        Assert.True(Assert.IsType<Refusal.Invalid>(await AddAsync("carol", name)).Errors.ContainsKey("groups"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task List_FilteredAndPaged_ByName(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var root = await gateway.AddUserAsync("root", "administrators");
        await gateway.AddUserAsync("alice", "platform", "sre");
        await gateway.AddUserAsync("bob", "platform");
        await gateway.WithAsync<Users, Outcome<string>>(users => users.AddAsync("console", "carol_x", ["sre"], default));
        await DisableAsync(gateway, "bob");
        async Task<List<string>> ListAsync(UserFilter filter, int take = 10, string? after = null) => [.. TestGateway.Value(
            await gateway.WithAsync<UserDirectory, Outcome<List<UserView>>>(directory => directory.ListAsync(root.Caller, filter, take, after, default))).Select(user => user.Name)];

        Assert.Equal(["alice", "bob", "carol_x", "root"], await ListAsync(new UserFilter()));
        Assert.Equal(["bob", "carol_x"], await ListAsync(new UserFilter(), 2, "alice"));
        Assert.Equal(["alice", "carol_x"], await ListAsync(new UserFilter(Group: "sre")));
        Assert.Equal(["bob"], await ListAsync(new UserFilter(UserState.Disabled)));
        Assert.Equal(["carol_x"], await ListAsync(new UserFilter(UserState.Invited)));
        Assert.Equal(["alice", "root"], await ListAsync(new UserFilter(UserState.Enrolled)));
        Assert.Equal(["carol_x"], await ListAsync(new UserFilter(Text: "_")));
        Assert.Equal(["bob"], await ListAsync(new UserFilter(Text: "ob")));
        foreach (var text in new[] { "%", "'", "\0", "A", new string('a', 500) })
        {
            Assert.Empty(await ListAsync(new UserFilter(Text: text)));
            Assert.Empty(await ListAsync(new UserFilter(Group: text)));
        }
    }

    private static Task<Outcome<User>> DisableAsync(TestGateway gateway, string name) =>
        gateway.WithAsync<Users, Outcome<User>>(users => users.SetDisabledAsync("console", name, disabled: true, default));

    private static Task<GrantState> StateAsync(TestGateway gateway, Grant grant) => gateway.InScopeAsync(async services =>
        (await services.GetRequiredService<GatewayDbContext>().Grants.SingleAsync(row => row.Id == grant.Id)).State);

    private static Task<List<Login>> LoginsAsync(TestGateway gateway) => gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Logins.ToListAsync());
}
