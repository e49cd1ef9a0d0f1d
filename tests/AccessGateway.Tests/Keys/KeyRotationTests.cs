namespace AccessGateway.Tests.Keys;

using System.Globalization;
using System.Net;
using AccessGateway.Keys;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class KeyRotationTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_EveryPurposeInUse_AllReencryptedAndOldKeysGone(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.FillAsync();
        var before = await gateway.DataKeysAsync();
        var plain = await gateway.CheckAsync();
        Assert.Equal(SealedColumns.All.Select(column => column.Table), plain.Select(state => state.Column.Table).Distinct().Order(StringComparer.Ordinal));

        var result = await gateway.RotateAsync();
        Assert.False(result.Resumed);
        Assert.Equal(plain.Count, result.Reencrypted);
        Assert.Empty(result.Broken);
        Assert.Empty(result.Remaining);
        var after = await gateway.DataKeysAsync();
        Assert.Equal(SealedColumns.Purposes, after.Select(key => key.Purpose).Order(StringComparer.Ordinal));
        Assert.Empty(after.Select(key => key.Name).Intersect(before.Select(key => key.Name)));
        Assert.All(after, key => Assert.Null(key.RetiredAt));
        Assert.Equal(plain.Count, (await gateway.CheckAsync()).Count(state => state.Problem is null));

        var events = (await gateway.AuditAsync()).Where(row => row.Type.StartsWith("keys.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["keys.created", "keys.rotated", "keys.deleted", "keys.deleted", "keys.deleted", "keys.deleted", "keys.deleted"], events.Select(row => row.Type));
        Assert.All(events.Skip(1), row => Assert.Equal("test", row.Actor));
        Assert.Equal(before.Select(key => $"{key.Purpose} {key.Name}").Order(), events.Skip(2).Select(row => row.Details["keys"]).Order());
    }

    /// <summary>Rotation under readers on one gateway and writers on another: nothing fails, nothing is lost, nothing stays behind.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_WhileGatewaysReadAndWrite_NothingFailsAndNothingIsLost(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var first = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        await using var second = await TestGateway.CreateAsync(kind, database: database, data: data.Path, clock: first.Clock);
        await using var rotating = await TestGateway.CreateAsync(kind, database: database, data: data.Path, clock: first.Clock);
        var user = await first.AddUserAsync("alice");
        var quiet = new List<string>();
        for (var i = 0; i < 250; i++)
            quiet.Add(await first.AddFactorAsync(user.Caller.UserId, $"quiet {i}"));

        var workers = new List<Worker> { new ReadingWorker(second, quiet) };
        foreach (var gateway in new[] { first, second })
            workers.Add(new WritingWorker(gateway, user.Caller.UserId, await gateway.AddFactorAsync(user.Caller.UserId, "0")));
        workers.ForEach(worker => worker.Start());
        for (var round = 0; round < 2; round++)
        {
            var rotation = Task.Run(() => rotating.WithAsync<KeyRotation, KeyRotationResult>(keys => keys.RunAsync("test", KeyRotation.DefaultWait, first.Clock, default)));
            // A second passes only after everybody has done at least one whole piece of work: no write takes longer than the wait.
            while (!rotation.IsCompleted)
            {
                var done = workers.Select(worker => worker.Done).ToList();
                await Eventually.TrueAsync(() => Task.FromResult(rotation.IsCompleted || workers.Zip(done).All(pair => pair.First.Done > pair.Second + 1)));
                first.Clock.Advance(TimeSpan.FromSeconds(1));
            }

            var result = await rotation;
            Assert.Empty(result.Broken);
            Assert.Empty(result.Remaining);
        }

        foreach (var worker in workers)
            await worker.StopAsync();
        Assert.Equal(SealedColumns.Purposes.Count, (await first.DataKeysAsync()).Count);
        foreach (var writer in workers.OfType<WritingWorker>())
            Assert.Equal(writer.Last, await rotating.OpenFactorAsync(writer.Factor));
        Assert.All(await rotating.CheckAsync(), state => Assert.Null(state.Problem));
        Assert.Equal("quiet 249", await second.OpenFactorAsync(quiet[249]));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_SeveralAtOnce_OneSetOfKeysIsLeft(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await gateway.FillAsync();
        var rotations = Enumerable.Range(0, 4)
            .Select(_ => Task.Run(() => gateway.WithAsync<KeyRotation, KeyRotationResult>(keys => keys.RunAsync("test", TimeSpan.FromSeconds(1), gateway.Clock, default)))).ToList();
        await Eventually.TrueAsync(() =>
        {
            gateway.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(rotations.All(rotation => rotation.IsCompleted));
        });
        foreach (var rotation in rotations)
            Assert.Empty((await rotation).Broken);
        await gateway.RotateAsync();
        Assert.Equal(SealedColumns.Purposes, (await gateway.DataKeysAsync()).Select(key => key.Purpose).Order(StringComparer.Ordinal));
        Assert.All(await gateway.CheckAsync(), state => Assert.Null(state.Problem));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_OneValueDoesNotOpen_OthersMoveAndItsKeyStays(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        var user = await gateway.FillAsync();
        var (good, broken) = (await gateway.AddFactorAsync(user.Caller.UserId, "good"), await gateway.AddFactorAsync(user.Caller.UserId, "broken"));
        var foreign = gateway.SealFactor("tf-elsewhere", "broken");
        await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == broken).ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedSecret, foreign)));
        var old = (await gateway.DataKeysAsync()).Single(key => key.Purpose == KeyPurposes.Totp);

        var result = await gateway.RotateAsync();
        Assert.Contains(broken, Assert.Single(result.Broken));
        Assert.Equal(old.Name, Assert.Single(result.Remaining).Name);
        Assert.Equal("good", await gateway.OpenFactorAsync(good));
        Assert.Equal(SealedColumns.Purposes.Count + 1, (await gateway.DataKeysAsync()).Count);

        // Removed by hand, the next run clears up.
        await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == broken).ExecuteDeleteAsync());
        Assert.True((await gateway.RotateAsync()).Resumed);
        Assert.Equal(SealedColumns.Purposes.Count, (await gateway.DataKeysAsync()).Count);
    }

    /// <summary>Data Protection's keys are re-sealed too: a cookie from before holds on a gateway that starts after.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_BrowserSignedIn_CookieHoldsOnAGatewayThatStartsLater(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);
        using var data = new Folder();
        await using var before = await TestGateway.CreateAsync(kind, database: database, data: data.Path);
        var alice = await before.AddUserAsync("alice");
        var (cookies, _) = await before.BrowserAsync(alice);
        await before.RotateAsync();

        await using var after = await TestGateway.CreateAsync(kind, database: database, data: data.Path, clock: before.Clock);
        await after.ListenAsync();
        using var client = after.Anonymous();
        using var page = new HttpRequestMessage(HttpMethod.Get, "/");
        page.Headers.Add("Cookie", cookies);
        using var answer = await client.SendAsync(page);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Single(await after.WithDbAsync(db => db.DataProtectionKeys.ToListAsync()));
    }

    /// <summary>A gateway that runs on through a rotation goes on as if nothing had happened.</summary>
    [Fact]
    public async Task Run_GatewayRunsOn_CodesAndTokensStillCount()
    {
        await using var gateway = await TestGateway.CreateAsync();
        await gateway.ListenAsync();
        var alice = await gateway.AddUserAsync("alice", "platform");
        using var client = await gateway.SignInAsync(alice);
        await gateway.RotateAsync();
        Assert.NotEmpty(await gateway.ProveAsync(alice, "activate:ar-0123456789abc"));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/api/v1/clusters", UriKind.Relative))).StatusCode);
    }

    /// <summary>Does one thing over and over until it is told to stop; what fails is thrown there.</summary>
    private abstract class Worker
    {
        private volatile bool _stopped;
        private Task _work = Task.CompletedTask;
        private int _done;

        /// <summary>How many whole pieces of work are done; all there can be after a failure, so that nobody waits.</summary>
        public int Done => _work.IsFaulted ? int.MaxValue : Volatile.Read(ref _done);

        public void Start() => _work = Task.Run(async () =>
        {
            for (; !_stopped; Interlocked.Increment(ref _done))
                await WorkAsync(_done);
        });

        public Task StopAsync()
        {
            _stopped = true;
            return _work;
        }

        protected abstract Task WorkAsync(int i);
    }

    private sealed class ReadingWorker(TestGateway gateway, List<string> factors) : Worker
    {
        protected override async Task WorkAsync(int i) =>
            Assert.Equal($"quiet {i % factors.Count}", await gateway.OpenFactorAsync(factors[i % factors.Count]));
    }

    /// <summary>Changes one value over and over, and adds and removes others.</summary>
    private sealed class WritingWorker(TestGateway gateway, string userId, string factor) : Worker
    {
        public string Factor => factor;

        public string Last { get; private set; } = "0";

        protected override async Task WorkAsync(int i)
        {
            var next = i.ToString(CultureInfo.InvariantCulture);
            var fresh = gateway.SealFactor(factor, next);
            Assert.Equal(1, await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == factor).ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedSecret, fresh))));
            Last = next;
            Assert.Equal(next, await gateway.OpenFactorAsync(factor));
            var added = await gateway.AddFactorAsync(userId, next);
            Assert.Equal(next, await gateway.OpenFactorAsync(added));
            if (i % 2 == 0)
                await gateway.WithDbAsync(db => db.TotpFactors.Where(row => row.Id == added).ExecuteDeleteAsync());
        }
    }
}
