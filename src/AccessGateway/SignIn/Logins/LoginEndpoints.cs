namespace AccessGateway.SignIn;

using System.Security.Claims;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using OpenIddict.Abstractions;

internal static class LoginEndpoints
{
    public static void MapLogins(this RouteGroupBuilder api)
    {
        api.MapGet("/me/logins", ListAsync).WithTags("Sign-in");
        api.MapDelete("/me/logins/{id}", EndAsync).WithTags("Sign-in");
        api.MapGet("/users/{name}/logins", ListOfAsync).WithTags("Users");
        api.MapDelete("/users/{name}/logins/{id}", EndOfAsync).WithTags("Users");
        api.MapGet("/machines/{name}/logins", ListOfMachineAsync).WithTags("Machines");
        api.MapDelete("/machines/{name}/logins/{id}", EndOfMachineAsync).WithTags("Machines");
    }

    public static LoginView ToView(this Login login, LoginLimits limits, string? current) => new(
        login.Id,
        login switch { PluginLogin => LoginKind.Plugin, MachineLogin => LoginKind.Machine, _ => LoginKind.Browser },
        login switch
        {
            BrowserLogin browser => BrowserName.Of(browser.UserAgent),
            PluginLogin plugin => plugin.Device,
            MachineLogin { ServiceAccount.PodName: { } pod } => $"pod {pod}",
            _ => null,
        },
        (login as PluginLogin)?.How,
        login.Address,
        login.SeenFrom,
        login.CreatedAt,
        login.LastSeenAt,
        limits.EndOf(login),
        login.Id == current);

    private static async Task<Results<Ok<Page<LoginView>>, ProblemHttpResult>> ListAsync(
        int? limit, string? cursor, Caller caller, ClaimsPrincipal principal, Logins logins, LoginLimits limits, CancellationToken cancellationToken) =>
        Answer(await logins.ListAsync(caller, cancellationToken), new ListQuery(limit, cursor), limits, principal);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(string id, Caller caller, Logins logins, CancellationToken cancellationToken) =>
        await logins.EndAsync(caller, id, LoginEnd.Owner, cancellationToken) is { } refusal ? ProblemResults.Of(refusal) : TypedResults.NoContent();

    private static async Task<Results<Ok<Page<LoginView>>, ProblemHttpResult>> ListOfAsync(
        string name, int? limit, string? cursor, Caller caller, ClaimsPrincipal principal, Logins logins, LoginLimits limits, CancellationToken cancellationToken) =>
        Answer(await logins.ListOfAsync(caller, name, cancellationToken), new ListQuery(limit, cursor), limits, principal);

    private static async Task<Results<Ok<Page<LoginView>>, ProblemHttpResult>> ListOfMachineAsync(
        string name, int? limit, string? cursor, Caller caller, ClaimsPrincipal principal, Logins logins, LoginLimits limits, CancellationToken cancellationToken) =>
        Answer(await logins.ListOfAsync(caller, name, cancellationToken, machine: true), new ListQuery(limit, cursor), limits, principal);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndOfMachineAsync(string name, string id, Caller caller, Logins logins, CancellationToken cancellationToken) =>
        await logins.EndOfAsync(caller, name, id, cancellationToken, machine: true) is { } refusal ? ProblemResults.Of(refusal) : TypedResults.NoContent();

    private static Results<Ok<Page<LoginView>>, ProblemHttpResult> Answer(Outcome<List<Login>> found, ListQuery list, LoginLimits limits, ClaimsPrincipal principal) =>
        found.Is(out var items, out var refusal) ? Answer(items, list, limits, principal) : ProblemResults.Of(refusal);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndOfAsync(string name, string id, Caller caller, Logins logins, CancellationToken cancellationToken) =>
        await logins.EndOfAsync(caller, name, id, cancellationToken) is { } refusal ? ProblemResults.Of(refusal) : TypedResults.NoContent();

    /// <summary>A page of them. Nobody has so many that they would not be read whole.</summary>
    private static Results<Ok<Page<LoginView>>, ProblemHttpResult> Answer(List<Login> items, ListQuery list, LoginLimits limits, ClaimsPrincipal principal)
    {
        if (list.Problem() is { } problem)
            return ProblemResults.Of(problem);
        if (list.Position is { } after)
            items = items.FindAll(login => login.LastSeenAt < after.At || (login.LastSeenAt == after.At && string.CompareOrdinal(login.Id, after.Id) < 0));
        var current = principal.GetClaim(PluginLogins.Claim);
        var page = items.Take(list.Take).ToList();
        var next = items.Count > page.Count ? new Cursor(page[^1].LastSeenAt, page[^1].Id).ToString() : null;
        return TypedResults.Ok(new Page<LoginView>([.. page.Select(login => login.ToView(limits, current))], next));
    }
}
