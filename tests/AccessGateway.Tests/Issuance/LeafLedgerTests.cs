namespace AccessGateway.Tests.Issuance;

using AccessGateway.Audit;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Problems;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Leaves that are written down together, one of them a bad one: it alone is answered with what is wrong, and the others are written, each with
/// its audit event.</summary>
public sealed class LeafLedgerTests
{
    private const int Good = 6;

    private static readonly DateTimeOffset CaStart = DateTimeOffset.UnixEpoch.AddYears(50);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_AllGood_OneTransaction(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        Assert.All(await group.WriteAsync(), outcome => Assert.Equal(LeafWrite.Written, outcome));
        Assert.Equal(1, group.Commits);
        await group.AssertWrittenAsync();
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_SerialIsThereAlready_OnlyItIsRefused(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        var bad = await group.AddAsync(leaf: group.First.Leaf);
        Assert.Equal([.. Enumerable.Repeat<object>(LeafWrite.Written, Good), LeafWrite.SerialTwice], await group.WriteAsync());
        await group.AssertWrittenAsync(bad);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_SerialTwiceInTheGroup_OneOfTheTwoIsRefused(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        var one = await group.AddAsync();
        var other = await group.AddAsync(leaf: one.Leaf);
        var outcomes = await group.WriteAsync();
        Assert.All(outcomes[..Good], outcome => Assert.Equal(LeafWrite.Written, outcome));
        Assert.Equal([LeafWrite.Written, LeafWrite.SerialTwice], outcomes[Good..].Order());
        await group.AssertWrittenAsync(outcomes[Good] is LeafWrite.Written ? other : one);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_GrantEndedMeanwhile_OnlyItIsLost(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        var bad = await group.AddAsync();
        await group.EndAsync(bad.Grant);
        Assert.Equal([.. Enumerable.Repeat<object>(LeafWrite.Written, Good), LeafWrite.Lost], await group.WriteAsync());
        Assert.Equal(1, group.Commits);
        await group.AssertWrittenAsync(bad);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_TwoFirstKeysOfAGrant_OneOfTheTwoIsLost(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        var one = await group.AddAsync();
        var other = await group.AddAsync(grant: one.Grant);
        var outcomes = await group.WriteAsync();
        Assert.Equal([LeafWrite.Written, LeafWrite.Lost], outcomes[Good..].Order());
        await group.AssertWrittenAsync(outcomes[Good] is LeafWrite.Written ? other : one);
    }

    /// <summary>All of it at once; and what cannot be written at all throws, but for its own caller alone.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_EveryFaultAtOnce_EachItsOwnOutcome(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        LeafEntry[] bad = [await group.AddAsync(leaf: group.First.Leaf), await group.AddAsync(), await group.AddAsync(actor: null!)];
        await group.EndAsync(bad[1].Grant);
        var outcomes = await group.WriteAsync();
        Assert.Equal([.. Enumerable.Repeat<object>(LeafWrite.Written, Good), LeafWrite.SerialTwice, LeafWrite.Lost], outcomes[..^1]);
        Assert.IsType<DbUpdateException>(outcomes[^1]);
        await group.AssertWrittenAsync(bad);
    }

    /// <summary>Nobody waits for one that came to nothing.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Write_AfterAGroupWithABadOne_GoesOnTogether(DatabaseKind kind)
    {
        await using var group = await Group.CreateAsync(kind);
        var bad = await group.AddAsync(leaf: group.First.Leaf);
        await group.WriteAsync();
        var later = await group.AddAsync();
        Assert.Equal([LeafWrite.Written], await group.WriteAsync(onlyFrom: Good + 1));
        Assert.Equal(1, group.Commits);
        await group.AssertWrittenAsync(bad);
        Assert.Contains(later.Leaf.Serial, await group.SerialsAsync());
    }

    /// <summary>Leaves that stand in line together, because the one before them is held up.</summary>
    private sealed class Group : IAsyncDisposable
    {
        private readonly LocalCa _ca = LocalCa.Generate("test", CaStart, TimeSpan.FromDays(36500));
        private readonly List<(string Actor, LeafEntry Entry)> _entries = [];
        private readonly HeldScopes _scopes;
        private readonly LeafLedger _ledger;
        private readonly TestGateway _gateway;
        private TestUser _alice = null!;

        private Group(TestGateway gateway)
        {
            _gateway = gateway;
            _scopes = new HeldScopes(gateway.Services.GetRequiredService<IServiceScopeFactory>());
            _ledger = ActivatorUtilities.CreateInstance<LeafLedger>(gateway.Services, _scopes);
        }

        /// <summary>Written before all others.</summary>
        public LeafEntry First { get; private set; } = null!;

        /// <summary>How many transactions the last group took.</summary>
        public int Commits { get; private set; }

        public static async Task<Group> CreateAsync(DatabaseKind kind)
        {
            var group = new Group(await TestGateway.CreateAsync(kind));
            group._alice = await group._gateway.AddUserAsync("alice", "platform");
            group.First = await group.AddAsync();
            group._entries.Clear();
            for (var i = 0; i < Good; i++)
                await group.AddAsync();
            return group;
        }

        public async Task<LeafEntry> AddAsync(string actor = "alice", Leaf? leaf = null, Grant? grant = null)
        {
            var csr = Assert.IsType<CsrResult.Accepted>(CheckedCsr.Read(Csrs.New())).Csr;
            grant ??= await _gateway.GrantAsync(_alice);
            var now = _gateway.Clock.GetUtcNow();
            leaf ??= _ca.Sign(csr, new LeafTemplate(grant.Subject, grant.Group, now, grant.NotAfter));
            var entry = new LeafEntry(grant, leaf, GrantKeys.Of(csr), now);
            _entries.Add((actor, entry));
            return entry;
        }

        public Task<Outcome<Grant>> EndAsync(Grant grant) => _gateway.WithAsync<Grants, Outcome<Grant>>(grants => grants.RelinquishAsync(_alice.Caller, grant.Id, default));

        /// <summary>Holds one up that goes first, queues the others, lets go.</summary>
        /// <returns>What became of each of the others, in their order: its <see cref="LeafWrite"/>, or what was thrown.</returns>
        public async Task<object[]> WriteAsync(int onlyFrom = 0)
        {
            var before = onlyFrom == 0 ? First : await AddAsync();
            var waiting = _entries[onlyFrom..(onlyFrom == 0 ? _entries.Count : _entries.Count - 1)];
            _scopes.Hold();
            var ahead = Task.Run(() => _ledger.WriteAsync("alice", before));
            await _scopes.Reached;
            var writes = waiting.ConvertAll(one => _ledger.WriteAsync(one.Actor, one.Entry));
            Assert.DoesNotContain(writes, write => write.IsCompleted);
            _scopes.LetGo();
            Assert.Equal(LeafWrite.Written, await ahead);
            var outcomes = new List<object>();
            foreach (var write in writes)
                outcomes.Add(await write.ContinueWith<object>(done => done.IsFaulted ? done.Exception.InnerException! : done.Result, TaskScheduler.Default));
            Commits = _scopes.Made - 1;
            return [.. outcomes];
        }

        /// <summary>The good ones are there once, each with one event and counted on its grant; of the bad ones there is no trace, and whoever reads the log
        /// reads all of it.</summary>
        public async Task AssertWrittenAsync(params LeafEntry[] bad)
        {
            var good = _entries.Select(one => one.Entry).Except(bad).Append(First).ToList();
            Assert.Equal(good.Select(one => one.Leaf.Serial).Order(StringComparer.Ordinal), await SerialsAsync());
            var issued = (await _gateway.AuditAsync()).Where(row => row.Type == AuditEvents.LeafIssued).ToList();
            Assert.Equal(Facts(good), issued.Select(row => (row.GrantId!, row.Details["serial"], row.Details["sha256"], row.Details["key"])).Order());
            foreach (var grants in good.Concat(bad).GroupBy(one => one.Grant.Id))
            {
                var now = await _gateway.WithAsync<Grants, Grant>(async all => (await all.ReadAsync(grants.Key, default))!);
                Assert.Equal(good.Count(one => one.Grant.Id == grants.Key), now.Leaves);
                Assert.Equal(good.Find(one => one.Grant.Id == grants.Key)?.Key, now.KeySha256);
            }

            var count = (await _gateway.AuditAsync()).Count;
            // The index of what was rolled back is missing on PostgreSQL; nothing else writes here that would show that it will not come.
            _gateway.Clock.Advance(AuditTail.LongestTransaction + TimeSpan.FromSeconds(1));
            var read = await _gateway.InScopeAsync(services => services.GetRequiredService<AuditTail>().ReadAsync(services.GetRequiredService<GatewayDbContext>(), 0, 1000, default));
            Assert.Equal(count, read.Count);
        }

        public Task<List<string>> SerialsAsync() => _gateway.InScopeAsync(async services =>
            (await services.GetRequiredService<GatewayDbContext>().Leaves.Select(row => row.Serial).ToListAsync()).Order(StringComparer.Ordinal).ToList());

        public async ValueTask DisposeAsync()
        {
            _ca.Dispose();
            await _gateway.DisposeAsync();
        }

        private static IEnumerable<(string, string, string, string)> Facts(IEnumerable<LeafEntry> entries) =>
            entries.Select(one => (one.Grant.Id, one.Leaf.Serial, one.Leaf.Sha256, one.Key)).Order();
    }

    /// <summary>Where the ledger gets its transactions: the first one after <see cref="Hold"/> waits for <see cref="LetGo"/>.</summary>
    private sealed class HeldScopes(IServiceScopeFactory inner) : IServiceScopeFactory
    {
        private TaskCompletionSource _reached = new();
        private TaskCompletionSource _free = new();

        public int Made { get; private set; }

        public Task Reached => _reached.Task;

        public void Hold() => (Made, _reached, _free) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());

        public void LetGo() => _free.SetResult();

        public IServiceScope CreateScope()
        {
            Made++;
            _reached.TrySetResult();
            _free.Task.GetAwaiter().GetResult();
            return inner.CreateScope();
        }
    }
}
