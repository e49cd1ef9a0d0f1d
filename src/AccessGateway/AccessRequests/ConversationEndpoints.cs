namespace AccessGateway.AccessRequests;

using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

/// <summary>What people say about a request, and what happened to it.</summary>
internal static class ConversationEndpoints
{
    public static void MapConversations(this RouteGroupBuilder requests)
    {
        requests.MapGet("/{id}/comments", ListAsync);
        requests.MapPost("/{id}/comments", AddAsync);
        requests.MapGet("/{id}/history", HistoryAsync);
    }

    private static async Task<Results<Ok<Page<CommentView>>, ProblemHttpResult>> ListAsync(
        string id, Caller caller, RequestComments comments, CancellationToken cancellationToken)
    {
        var outcome = await comments.ListAsync(caller, id, cancellationToken);
        return outcome.Is(out var items, out var refusal)
            ? TypedResults.Ok(new Page<CommentView>([.. items.Select(comment => comment.ToView())], NextCursor: null))
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Created<CommentView>, ProblemHttpResult>> AddAsync(
        string id, SubmitComment given, Caller caller, RequestComments comments, CancellationToken cancellationToken)
    {
        var outcome = await comments.AddAsync(caller, id, given.Text, cancellationToken);
        return outcome.Is(out var comment, out var refusal)
            ? TypedResults.Created($"/api/v1/access-requests/{id}/comments", comment.ToView())
            : ProblemResults.Of(refusal);
    }

    private static async Task<Results<Ok<Page<AuditEventView>>, ProblemHttpResult>> HistoryAsync(
        string id, int? limit, string? cursor, Caller caller, RequestHistory history, CancellationToken cancellationToken)
    {
        long? after = null;
        if (!string.IsNullOrEmpty(cursor))
        {
            if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return ProblemResults.Of(new Refusal.Invalid("cursor", "is not one that this API gave."));
            after = index;
        }

        var list = new ListQuery(limit, Cursor: null);
        if (list.Problem() is { } problem)
            return ProblemResults.Of(problem);
        var outcome = await history.ListAsync(caller, id, list.Take + 1, after, cancellationToken);
        if (!outcome.Is(out var items, out var refusal))
            return ProblemResults.Of(refusal);
        var page = items.Take(list.Take).Select(row => row.ToView()).ToList();
        return TypedResults.Ok(new Page<AuditEventView>(page, items.Count > list.Take ? page[^1].Index.ToString(CultureInfo.InvariantCulture) : null));
    }
}
