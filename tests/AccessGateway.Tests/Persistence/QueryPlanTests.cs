namespace AccessGateway.Tests.Persistence;

using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using AccessGateway.Bindings;
using AccessGateway.Persistence;
using AccessGateway.Testing;
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

        await using var connection = new SqliteConnection(await gateway.WithAsync<GatewayDbContext, string>(db => Task.FromResult(db.Database.GetConnectionString()!)));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var byId = statements.Seen.Where(text => text.Contains(" IN (@", StringComparison.Ordinal)).ToList();
        // Asked for, bound, expired, with what extends them, and unbound.
        Assert.InRange(byId.Count, 6, 20);
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
