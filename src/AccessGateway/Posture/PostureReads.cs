namespace AccessGateway.Posture;

using System.Collections.Concurrent;
using AccessGateway.Audit;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Writes down who reads a report, before they see it. Once in <see cref="Quiet"/>: whoever filters the page reads it still.</summary>
internal sealed class PostureReads(IServiceScopeFactory scopes, TimeProvider clock)
{
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Person, string Cluster), DateTimeOffset> _noted = new();

    public async Task NoteAsync(Caller caller, string cluster, CancellationToken cancellationToken)
    {
        var (key, now) = ((caller.Name, cluster), clock.GetUtcNow());
        if (_noted.TryGetValue(key, out var last) && now - last < Quiet)
            return;
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<AuditLog>().Add(AuditEvents.PostureRead, caller.Name, cluster: cluster);
        await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().SaveChangesAsync(cancellationToken);
        _noted[key] = now;
    }
}
