namespace AccessGateway.Testing;

using AccessGateway.AccessRequests;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Grants;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Grants by the thousand, as activations leave them, without the time that thousands of activations take.</summary>
internal static class ManyGrants
{
    private const int Together = 500;

    /// <summary>Adds active grants of one user for the role <c>viewer</c>, none of them bound.</summary>
    /// <returns>Their ids.</returns>
    public static async Task<List<string>> AddAsync(this TestGateway gateway, TestUser user, int count, TimeSpan lifetime)
    {
        var template = await gateway.SubmitAsync(user);
        // As at activation: what the role allows then.
        var digest = await gateway.WithAsync<IRoleRules, string?>(rules => rules.DigestAsync(TestGateway.Cluster, template.Target, [], default));
        var ids = new List<string>();
        foreach (var some in Enumerable.Range(0, count).Chunk(Together))
        {
            await gateway.InScopeAsync(async services =>
            {
                var db = services.GetRequiredService<GatewayDbContext>();
                var request = await db.AccessRequests.AsNoTracking().SingleAsync(row => row.Id == template.Id);
                foreach (var _ in some)
                {
                    var copy = (AccessRequest)db.Entry(request).CurrentValues.ToObject();
                    var entry = db.Entry(copy);
                    entry.Property(row => row.Id).CurrentValue = Identifier.New("ar");
                    entry.Property(row => row.State).CurrentValue = AccessRequestState.Approved;
                    entry.State = EntityState.Added;
                    var grant = Grant.Of(copy, TestGateway.Cluster, digest, gateway.Clock.GetUtcNow());
                    grant.NotAfter = gateway.Clock.GetUtcNow() + lifetime;
                    db.Grants.Add(grant);
                    ids.Add(grant.Id);
                }

                return await db.SaveChangesAsync();
            });
        }

        return ids;
    }
}
