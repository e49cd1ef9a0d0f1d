namespace AccessGateway.Grants;

using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>Finds single grants for many calls at once: those that come together are answered by one look, which begins after the last of them came.</summary>
internal sealed class GrantReads
{
    private const int Most = 256;

    private readonly IServiceScopeFactory _scopes;
    private readonly Batches<string, Grant?> _looks;

    public GrantReads(IServiceScopeFactory scopes)
    {
        _scopes = scopes;
        _looks = new(Most, ReadAsync);
    }

    /// <summary>As it is stored at this moment. For readers alone: several calls may share it.</summary>
    public async Task<Outcome<Grant>> FindAsync(Caller caller, string id) => Grants.Seen(await _looks.DoAsync(id), caller);

    private async Task<IReadOnlyList<Grant?>> ReadAsync(IReadOnlyList<string> asked)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var ids = asked.Distinct().ToList();
        var found = await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Grants.AsNoTracking().Where(row => EF.Parameter(ids).Contains(row.Id)).ToDictionaryAsync(grant => grant.Id);
        return [.. asked.Select(found.GetValueOrDefault)];
    }
}
