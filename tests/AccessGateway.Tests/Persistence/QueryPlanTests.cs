namespace AccessGateway.Tests.Persistence;

using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using AccessGateway.Bindings;
using AccessGateway.Grants;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Pki;
using AccessGateway.Testing;
using AccessGateway.Tests.Issuance;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>What is done to a few grants by their ids looks at those alone, however many others are active or stand in the database.</summary>
public sealed class QueryPlanTests
{
    [Fact]
    public async Task Sqlite_GrantsByTheirIds_NotAllOfTheirStateAreLookedAt()
    {
        await using var api = await FakeApiServer.StartAsync();
        var statements = new Statements();
        await using var gateway = await TestGateway.CreateAsync(apiServer: api, configure: services => services.ConfigureDbContext<GatewayDbContext>(options => options.AddInterceptors(statements)));
        var reconciler = gateway.Services.GetRequiredService<Reconcilers>().For(TestGateway.Cluster);
        await gateway.AddAsync(await gateway.AddUserAsync("alice", "platform"), BindingLedger.Together, TimeSpan.FromMinutes(10));
        await reconciler.RunAsync(TestContext.Current.CancellationToken);
        gateway.Clock.Advance(TimeSpan.FromMinutes(11));
        await reconciler.EndDueAsync(TestContext.Current.CancellationToken);
        // Asked for, bound, expired, with what extends them, and unbound.
        await AssertByIdAsync(gateway, statements, 6);
    }

    [Fact]
    public async Task Sqlite_LeavesOfSeveralGrants_OnlyThoseGrantsAreLookedAt()
    {
        var statements = new Statements();
        await using var gateway = await TestGateway.CreateAsync(configure: services => services.ConfigureDbContext<GatewayDbContext>(options => options.AddInterceptors(statements)));
        var alice = await gateway.AddUserAsync("alice", "platform");
        using var ca = LocalCa.Generate("test", DateTimeOffset.UnixEpoch, TimeSpan.FromDays(36500));
        var csr = Assert.IsType<CsrResult.Accepted>(CheckedCsr.Read(Csrs.New())).Csr;
        List<string> ids = [(await gateway.GrantAsync(alice)).Id, (await gateway.GrantAsync(alice)).Id];
        // The first gives each its key, by itself; with that they go together.
        foreach (var some in new[] { ids[..1], ids[1..], ids })
        {
            var entries = await Task.WhenAll(some.Select(async id => ("alice", await EntryAsync(id))));
            Assert.All(await gateway.WithAsync<LeafWriter, LeafWrite[]>(writer => writer.CommitAsync(entries, default)), one => Assert.Equal(LeafWrite.Written, one));
        }

        await AssertByIdAsync(gateway, statements, 1);

        async Task<LeafEntry> EntryAsync(string id)
        {
            var (grant, now) = (await gateway.WithAsync<Grants, Grant>(async grants => (await grants.ReadAsync(id, default))!), gateway.Clock.GetUtcNow());
            return new LeafEntry(grant, ca.Sign(csr, new LeafTemplate(grant.Subject, grant.Group, now, grant.NotAfter)), GrantKeys.Of(csr), now);
        }
    }

    private static async Task AssertByIdAsync(TestGateway gateway, Statements statements, int least)
    {
        await using var connection = new SqliteConnection(await gateway.WithAsync<GatewayDbContext, string>(db => Task.FromResult(db.Database.GetConnectionString()!)));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var byId = statements.Seen.Where(text => text.Contains(" IN (@", StringComparison.Ordinal) || text.Contains("json_each", StringComparison.Ordinal)).ToList();
        Assert.InRange(byId.Count, least, 20);
        Assert.All(byId, text => Assert.DoesNotContain("_State_", PlanOf(connection, text), StringComparison.Ordinal));
    }

    private static string PlanOf(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + text;
        foreach (var name in Regex.Matches(text, "@[A-Za-z_0-9]+").Select(match => match.Value).Distinct())
            command.Parameters.AddWithValue(name, "[]");
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
            steps.Add(reader.GetString(3));
        return $"{string.Join("; ", steps)} of {text}";
    }

    /// <summary>Texts of what EF Core ran.</summary>
    private sealed class Statements : DbCommandInterceptor
    {
        private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

        public IEnumerable<string> Seen => _seen.Keys;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            _seen[command.CommandText] = true;
            return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            _seen[command.CommandText] = true;
            return base.NonQueryExecutingAsync(command, eventData, result, cancellationToken);
        }
    }
}
