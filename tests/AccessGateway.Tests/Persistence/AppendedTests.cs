namespace AccessGateway.Tests.Persistence;

using AccessGateway.Audit;
using AccessGateway.Issuance;
using AccessGateway.Persistence;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

/// <summary>Audit events and leaves are written past EF Core, and behave as if they were not.</summary>
public sealed class AppendedTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Save_SeveralTimesInOneContext_InTheOrderOfAdding(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await InContextAsync(gateway, async (db, audit) =>
        {
            for (var i = 0; i < 30; i++)
            {
                Add(audit, $"n{i}");
                if (i % 7 == 6)
                    await db.SaveChangesAsync();
            }

            await db.SaveChangesAsync();
        });
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"n{i}"), await ActorsAsync(gateway));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Save_TakenBackBefore_NothingOfIt(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        await InContextAsync(gateway, async (db, audit) =>
        {
            await using (await db.Database.BeginTransactionAsync())
            {
                Add(audit, "rolled-back");
                await db.SaveChangesAsync();
            }

            Add(audit, "cleared");
            db.ChangeTracker.Clear();
            Add(audit, "kept");
            await db.SaveChangesAsync();
            Add(audit, "given-up");
        });
        // The next may get the same context from the pool.
        await InContextAsync(gateway, (db, _) => db.SaveChangesAsync());
        Assert.Equal(["kept"], await ActorsAsync(gateway));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Save_OneCannotBeWritten_NoneIsUntilItIsGone(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind);
        IssuedLeaf Leaf() => new() { Cluster = "c", Serial = "01", GrantId = "gr-1", Sha256 = "00", IssuedAt = DateTimeOffset.UnixEpoch, NotAfter = DateTimeOffset.UnixEpoch };
        await InContextAsync(gateway, async (db, _) =>
        {
            db.Leaves.Add(Leaf());
            Assert.Equal(1, await db.SaveChangesAsync());
        });
        await InContextAsync(gateway, async (db, audit) =>
        {
            Add(audit, "one");
            Add(audit, "two");
            var again = Leaf();
            db.Leaves.Add(again);
            await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
            Assert.Empty(await ActorsAsync(gateway));
            db.Entry(again).State = EntityState.Detached;
            Assert.Equal(2, await db.SaveChangesAsync());
        });
        Assert.Equal(["one", "two"], await ActorsAsync(gateway));
    }

    private static Task<int> InContextAsync(TestGateway gateway, Func<GatewayDbContext, AuditLog, Task> act) => gateway.InScopeAsync(async services =>
    {
        await act(services.GetRequiredService<GatewayDbContext>(), services.GetRequiredService<AuditLog>());
        return 0;
    });

    private static void Add(AuditLog audit, string actor) => audit.Add(AuditEvents.GrantRevoked, actor, details: ("why", "a \"test\" 'of' \\ all"));

    private static Task<List<string>> ActorsAsync(TestGateway gateway) => gateway.InScopeAsync(services =>
        services.GetRequiredService<GatewayDbContext>().AuditEvents.Where(row => row.Type == AuditEvents.GrantRevoked).OrderBy(row => row.Index).Select(row => row.Actor).ToListAsync());
}
