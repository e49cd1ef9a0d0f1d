namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>What somebody found who looked at a break-glass afterwards.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AfterVerdict>))]
public enum AfterVerdict
{
    Justified,
    NotJustified,
}

/// <summary>The review that a break-glass must have afterwards.</summary>
/// <param name="ReviewDueAt">Until when it must be done.</param>
/// <param name="Overdue">Not done in time, and not done yet.</param>
/// <param name="Verdict">Null until it is done.</param>
/// <param name="CanReview">Whether the caller may do it now.</param>
public sealed record BreakGlassView(
    DateTimeOffset ReviewDueAt,
    bool Overdue,
    AfterVerdict? Verdict,
    string? Reviewer,
    string? Comment,
    DateTimeOffset? ReviewedAt,
    bool CanReview);

/// <summary>Reviews a break-glass: <c>POST /api/v1/access-requests/{id}/after-review</c>. Needs a step-up for <c>review:{id}</c>.</summary>
public sealed record SubmitAfterReview
{
    public required AfterVerdict Verdict { get; init; }

    /// <summary>At most 500 characters; required where it was not justified.</summary>
    public string? Comment { get; init; }
}
