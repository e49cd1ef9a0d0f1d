namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Problems;

/// <summary>What can be said about a submission without knowing any policy: every wrong field at once.</summary>
internal static class AccessRequestChecks
{
    public const int MaxReason = 500;
    public const int MaxTicket = 100;
    public const int MaxNamespaces = 50;
    public const int MaxIdempotencyKey = 100;
    public static readonly TimeSpan MaxAhead = TimeSpan.FromDays(30);

    public static Refusal? Problem(SubmitAccessRequest asked, string? idempotencyKey, DateTimeOffset now)
    {
        var errors = new Dictionary<string, string[]>();
        if (RequestedClusters.Problem(asked) is { } clusters)
            Check(clusters.Field, clusters.Problem);
        Check("role", Names.LabelProblem(asked.Role));
        Check("duration", asked.Duration is null || DurationText.TryParse(asked.Duration, out _) ? null : "must be a duration such as 30m, 8h or 1h30m: more than zero, at most 366d.");
        Check("reason", TooLong(asked.Reason, MaxReason));
        Check("ticket", TooLong(asked.Ticket, MaxTicket));
        Check("namespaces", NamespacesProblem(asked.Namespaces));
        Check("startsAt", asked.StartsAt is not { } start || (start > now - TimeSpan.FromMinutes(5) && start < now + MaxAhead) ? null : "must be from now to 30 days ahead.");
        Check("Idempotency-Key", TooLong(idempotencyKey, MaxIdempotencyKey));
        return errors.Count == 0 ? null : new Refusal.Invalid(string.Join(" ", errors.Select(error => $"{error.Key}: {error.Value[0]}")), errors);

        void Check(string field, string? problem)
        {
            if (problem is not null)
                errors[field] = [problem];
        }
    }

    private static string? TooLong(string? text, int max) => text?.Length > max ? $"must have at most {max} characters."
        // PostgreSQL keeps no NUL in a text.
        : text?.Contains('\0', StringComparison.Ordinal) == true ? "must have no NUL character." : null;

    private static string? NamespacesProblem(IReadOnlyList<string>? namespaces) =>
        namespaces is null ? null
        : namespaces.Count > MaxNamespaces ? $"at most {MaxNamespaces} at once."
        : namespaces.Select(name => name is null ? "must be texts." : Names.NamespaceChoiceProblem(name)).FirstOrDefault(problem => problem is not null);
}
