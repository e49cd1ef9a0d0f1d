namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

/// <summary>Accounts, for administrators. Everybody else gets one and the same 403, whether or not there is such a user.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this RouteGroupBuilder api)
    {
        var group = api.MapGroup("/users").WithTags("Users");
        group.MapGet("/", ListAsync);
        group.MapPost("/", AddAsync);
        group.MapGet("/{name}", FindAsync);
        group.MapPost("/{name}/disable", DisableAsync);
        group.MapPost("/{name}/enable", EnableAsync);
        group.MapPost("/{name}/unlock", UnlockAsync);
        group.MapPost("/{name}/reset", ResetAsync);
        group.MapPost("/{name}/invite", InviteAsync);
        group.MapPut("/{name}/groups", SetGroupsAsync);
        group.MapPut("/{name}/email", SetEmailAsync);
    }

    private static async Task<Results<Ok<Page<UserView>>, ProblemHttpResult>> ListAsync(
        string? state, string? group, string? name, int? limit, string? cursor, Caller caller, UserDirectory directory, CancellationToken cancellationToken)
    {
        var list = new ListQuery(limit, cursor);
        if ((list.Problem() ?? ListQuery.TryState<UserState>(state, out _)) is { } problem)
            return ProblemResults.Of(problem);
        ListQuery.TryState<UserState>(state, out var only);
        var found = await directory.ListAsync(caller, new UserFilter(only, OrNull(group), OrNull(name)), list.Take + 1, list.Position?.Id, cancellationToken);
        if (!found.Is(out var items, out var refusal))
            return ProblemResults.Of(refusal);
        var page = items.Take(list.Take).ToList();
        return TypedResults.Ok(new Page<UserView>(page, items.Count > page.Count ? new Cursor(DateTimeOffset.MinValue, page[^1].Name).ToString() : null));
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> FindAsync(string name, Caller caller, UserDirectory directory, CancellationToken cancellationToken) =>
        Answer(await directory.FindAsync(caller, name, cancellationToken));

    private static async Task<Results<Created<Invitation>, ProblemHttpResult>> AddAsync(
        AddUser asked, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken)
    {
        var outcome = await users.AddAsync(caller, asked, proof, cancellationToken);
        return outcome.Is(out var invitation, out var refusal) ? TypedResults.Created($"/api/v1/users/{asked.Name}", invitation) : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> DisableAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.SetDisabledAsync(caller, name, disabled: true, proof, cancellationToken));

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> EnableAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.SetDisabledAsync(caller, name, disabled: false, proof, cancellationToken));

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> UnlockAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.UnlockAsync(caller, name, proof, cancellationToken));

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> SetGroupsAsync(
        string name, SetGroups asked, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.SetGroupsAsync(caller, name, asked.Groups, proof, cancellationToken));

    private static async Task<Results<Ok<UserView>, ProblemHttpResult>> SetEmailAsync(
        string name, SetEmail asked, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.SetEmailAsync(caller, name, OrNull(asked.Email), proof, cancellationToken));

    private static async Task<Results<Ok<Invitation>, ProblemHttpResult>> ResetAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.ResetAsync(caller, name, proof, cancellationToken));

    private static async Task<Results<Ok<Invitation>, ProblemHttpResult>> InviteAsync(
        string name, [FromHeader(Name = StepUpActions.Header)] string? proof, Caller caller, UserAdministration users, CancellationToken cancellationToken) =>
        Answer(await users.InviteAsync(caller, name, proof, cancellationToken));

    private static Results<Ok<T>, ProblemHttpResult> Answer<T>(Outcome<T> outcome)
        where T : class => outcome.Is(out var value, out var refusal) ? TypedResults.Ok(value) : ProblemResults.Of(refusal);

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
