namespace AccessGateway.Tests.Bindings;

using System.Collections.Concurrent;
using System.Globalization;
using AccessGateway.Bindings;
using AccessGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>I1 on an API server that takes some calls and never answers them: what can be removed is, within five seconds of its end, by the
/// gateway's clock and by the wall's.</summary>
public sealed class HangTests
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    /// <summary>Deletes of known names need no list.</summary>
    [Fact]
    public async Task Loop_EveryListAndWatchHangs_EndsGoInTime()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        var hanging = Hang(api, IsOfTheLoop);
        await gateway.ListenAsync();
        var grant = await gateway.GrantAsync(await gateway.AddUserAsync("alice", "platform"));
        // The pass waits for its list, and so do the watches.
        await Eventually.TrueAsync(() => Task.FromResult(hanging.Count >= 3), what: "calls that hang");
        gateway.Clock.Advance(grant.NotAfter - gateway.Clock.GetUtcNow());
        await WithinAsync(gateway, () => api.Objects.IsEmpty);
        await AssertInTimeAsync(gateway, grant.Id);
    }

    /// <summary>A first pass that is waiting for its list also keeps nobody who runs out for the first time after it.</summary>
    [Fact]
    public async Task Loop_OneListHangs_GrantsOfLaterGoInTime()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        var hanging = Hang(api, request => IsOfTheLoop(request) && request.Query["limit"] == "500");
        await gateway.ListenAsync();
        await Eventually.TrueAsync(() => Task.FromResult(hanging.Count == 2), what: "the lists that hang");
        var alice = await gateway.AddUserAsync("alice", "platform");
        var first = await gateway.GrantAsync(alice);
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await gateway.GrantAsync(alice);
        Assert.Equal(2, api.Objects.Count);
        foreach (var grant in new[] { first, second })
        {
            gateway.Clock.Advance(grant.NotAfter - gateway.Clock.GetUtcNow());
            await WithinAsync(gateway, () => !api.Objects.ContainsKey($"clusterrolebindings/jit-{grant.Id}"));
            await AssertInTimeAsync(gateway, grant.Id);
        }
    }

    /// <summary>The reverse: one that hangs for good keeps neither those that end with it nor those that end while it is tried again.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Loop_SomeDeletesHang_TheOthersGoInTime(int hung)
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var start = gateway.Clock.GetUtcNow();
        var stuck = (await gateway.AddAsync(alice, hung, TimeSpan.FromMinutes(10))).ToHashSet();
        var beside = await gateway.AddAsync(alice, 20, TimeSpan.FromMinutes(10));
        var later = await gateway.AddAsync(alice, 20, TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(4));
        await gateway.ListenAsync();
        await gateway.EventuallyAsync(() => api.Objects.Count == hung + 40);
        var free = false;
        var hanging = Hang(api, request => !free && request.Method == "DELETE" && stuck.Contains(Id(request)));
        gateway.Clock.Advance(start + TimeSpan.FromMinutes(10) - gateway.Clock.GetUtcNow());
        await WithinAsync(gateway, () => beside.TrueForAll(id => !api.Objects.ContainsKey($"clusterrolebindings/jit-{id}")));
        gateway.Clock.Advance(start + TimeSpan.FromSeconds(604) - gateway.Clock.GetUtcNow());
        await WithinAsync(gateway, () => api.Objects.Count == hung);
        foreach (var id in beside.Concat(later))
            await AssertInTimeAsync(gateway, id);
        Assert.Equal(stuck.Order(), hanging.Select(path => path.Split("/jit-")[^1]).Distinct().Order());

        free = true;
        await gateway.EventuallyAsync(() => api.Objects.IsEmpty);
    }

    /// <summary>Nor the other bindings of its own grant.</summary>
    [Fact]
    public async Task EndDue_OneNamespaceHangs_TheOtherNamespacesGo()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var request = await gateway.SubmitAsync(alice, "editor", "10m", "payments-api", "payments-web");
        await gateway.ReviewAsync(await gateway.AddUserAsync("root", "administrators"), request.Id);
        await gateway.ActivateAsync(alice, request.Id);
        Assert.Equal(2, api.Objects.Count);
        var hanging = Hang(api, call => call.Method == "DELETE" && call.Path.Value!.Contains("/payments-api/", StringComparison.Ordinal));
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        var ending = gateway.WithClockRunningAsync(Of(gateway).EndDueAsync(TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => Task.FromResult(api.Objects.Count == 1), Promise, "the other namespace");
        Assert.Null((await ending).Refused);
        Assert.NotEmpty(hanging);
        Assert.DoesNotContain(await gateway.AuditAsync(), row => row.Type == "binding.removed");
    }

    /// <summary>One that is refused for good makes the loop try again ever more seldom; who runs out meanwhile does not wait for that.</summary>
    [Fact]
    public async Task Loop_OneRefusedForGood_LaterEndsGoInTime()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        var alice = await gateway.AddUserAsync("alice", "platform");
        var start = gateway.Clock.GetUtcNow();
        var refused = (await gateway.AddAsync(alice, 1, TimeSpan.FromMinutes(1)))[0];
        var later = await gateway.AddAsync(alice, 1, TimeSpan.FromMinutes(3));
        await gateway.ListenAsync();
        await gateway.EventuallyAsync(() => api.Objects.Count == 2);
        var calls = 0;
        api.Fault = request =>
        {
            if (request.Method != "DELETE" || Id(request) != refused)
                return null;
            Interlocked.Increment(ref calls);
            return 403;
        };
        await gateway.EventuallyAsync(() => Volatile.Read(ref calls) > 8);
        Assert.InRange(gateway.Clock.GetUtcNow() - start, TimeSpan.Zero, TimeSpan.FromMinutes(3));
        gateway.Clock.Advance(start + TimeSpan.FromMinutes(3) - gateway.Clock.GetUtcNow());
        await WithinAsync(gateway, () => api.Objects.Count == 1);
        await AssertInTimeAsync(gateway, later[0]);
    }

    /// <summary>Where no delete is answered at all, few are under way, and all go when the API server is itself again.</summary>
    [Fact]
    public async Task Loop_EveryDeleteHangs_FewUnderWayAndAllGoLater()
    {
        await using var api = await FakeApiServer.StartAsync();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, background: true);
        var alice = await gateway.AddUserAsync("alice", "platform");
        await gateway.AddAsync(alice, 400, TimeSpan.FromMinutes(10));
        await gateway.ListenAsync();
        await gateway.EventuallyAsync(() => api.Objects.Count == 400);
        var (hung, under, most) = (true, 0, 0);
        api.Before = async request =>
        {
            if (!Volatile.Read(ref hung) || request.Method != "DELETE")
                return;
            most = Math.Max(most, Interlocked.Increment(ref under));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            Interlocked.Decrement(ref under);
        };
        gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        var until = gateway.Clock.GetUtcNow() + TimeSpan.FromSeconds(30);
        await gateway.EventuallyAsync(() => gateway.Clock.GetUtcNow() > until);
        // Those of the round, and those that are tried further; an aborted one takes a moment to be seen.
        Assert.InRange(most, 16, 64);
        Volatile.Write(ref hung, false);
        await gateway.EventuallyAsync(() => api.Objects.IsEmpty);
        await gateway.EventuallyAsync(() => gateway.AuditAsync().GetAwaiter().GetResult().Count(row => row.Type == "binding.removed") == 400);
    }

    /// <returns>The calls that hang.</returns>
    private static ConcurrentQueue<string> Hang(FakeApiServer api, Func<HttpRequest, bool> which)
    {
        var hanging = new ConcurrentQueue<string>();
        api.Before = request =>
        {
            if (!which(request))
                return Task.CompletedTask;
            hanging.Enqueue(request.Path.Value!);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted);
        };
        return hanging;
    }

    /// <summary>Lists and watches select by the gateway's label. What is read before somebody gets a grant does not: it has limits of its own, which
    /// nobody is to wait for here.</summary>
    private static bool IsOfTheLoop(HttpRequest request) => request.Method == "GET" && request.Query.ContainsKey("labelSelector");

    private static string Id(HttpRequest request) => request.Path.Value!.Split("/jit-")[^1];

    /// <summary>In time by both clocks: one of the wall that goes on by itself, and the gateway's, which goes as fast.</summary>
    private static Task WithinAsync(TestGateway gateway, Func<bool> condition)
    {
        var (start, given) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero);
        return Eventually.TrueAsync(
            () =>
            {
                var step = TimeProvider.System.GetElapsedTime(start) - given;
                given += step;
                gateway.Clock.Advance(step);
                return Task.FromResult(condition());
            },
            Promise,
            "what has ended to go");
    }

    private static async Task AssertInTimeAsync(TestGateway gateway, string grant)
    {
        await WithinAsync(gateway, () => gateway.AuditAsync().GetAwaiter().GetResult().Exists(row => row.Type == "binding.removed" && row.GrantId == grant));
        var removed = Assert.Single(await gateway.AuditAsync(), row => row.Type == "binding.removed" && row.GrantId == grant);
        Assert.InRange(double.Parse(removed.Details["secondsAfterEnd"]!, CultureInfo.InvariantCulture), 0, Promise.TotalSeconds);
    }

    private static Reconciler Of(TestGateway gateway) => gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster);
}
