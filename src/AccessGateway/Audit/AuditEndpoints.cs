namespace AccessGateway.Audit;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class AuditEndpoints
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddScoped<AuditLog>().AddScoped<AuditTrail>().AddSingleton<AuditTail>();

    public static void MapAudit(this RouteGroupBuilder api) => api.MapGroup("/audit").WithTags("Audit").MapGet("/events", ListAsync).AllowMachines();

    private static async Task<Results<Ok<Page<AuditEventView>>, ProblemHttpResult>> ListAsync(
        [FromQuery(Name = "grant")] string? grantId, [FromQuery(Name = "accessRequest")] string? requestId, string? type, string? person, string? cluster,
        string? order, int? limit, string? cursor, Caller caller, AuditTrail trail, CancellationToken cancellationToken)
    {
        long? after = null;
        if (!string.IsNullOrEmpty(cursor))
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return ProblemResults.Of(new Refusal.Invalid("cursor", "is not one that this API gave."));
            after = index;
        }

        if (type is not null && !AuditEvents.All.Contains(type))
            return ProblemResults.Of(new Refusal.Invalid("type", "is not in the catalogue of events."));
        if (order is not (null or "" or "oldest" or "newest"))
            return ProblemResults.Of(new Refusal.Invalid("order", "must be oldest or newest."));
        var list = new ListQuery(limit, Cursor: null);
        if (list.Problem() is { } problem)
            return ProblemResults.Of(problem);

        var filter = new AuditFilter(grantId, requestId, type, person, cluster, order == "newest");
        var items = await trail.ListAsync(caller, filter, list.Take + 1, after, cancellationToken);
        var page = items.Take(list.Take).Select(row => row.ToView()).ToList();
        return TypedResults.Ok(new Page<AuditEventView>(page, items.Count > list.Take ? page[^1].Index.ToString(CultureInfo.InvariantCulture) : null));
    }
}
