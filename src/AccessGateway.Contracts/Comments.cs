namespace AccessGateway.Contracts;

/// <summary>A comment on an access request: <c>GET /api/v1/access-requests/{id}/comments</c>, oldest first.</summary>
/// <param name="Text">As somebody wrote it: to be escaped wherever it is shown.</param>
public sealed record CommentView(string Id, string Author, string Text, DateTimeOffset At);

/// <summary>Writes a comment: <c>POST /api/v1/access-requests/{id}/comments</c>.</summary>
public sealed record SubmitComment
{
    /// <summary>1 to 500 characters, one line or more.</summary>
    public required string Text { get; init; }
}
