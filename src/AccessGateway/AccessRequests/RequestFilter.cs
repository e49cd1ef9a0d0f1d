namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;

/// <summary>As what one looks at requests.</summary>
internal enum RequestRole
{
    /// <summary>All that one may see.</summary>
    Any,

    /// <summary>One's own.</summary>
    Requester,

    /// <summary>Others' that one may review.</summary>
    Reviewer,
}

/// <summary>Which requests a list shows; null is no condition.</summary>
internal readonly record struct RequestFilter(AccessRequestState? State, RequestRole Role)
{
    public const int MaxText = 100;

    public string? Cluster { get; init; }

    /// <summary>Part of the id, the requester, the role, the reason or the ticket; letter case does not count.</summary>
    public string? Text { get; init; }

    /// <summary>Only those that wait for a review by the caller, before or after.</summary>
    public bool ToReview { get; init; }

    public bool Matches(AccessRequest request)
    {
        var text = Text;
        return string.IsNullOrEmpty(text) || new[] { request.Id, request.Subject, request.Role, request.Reason, request.Ticket }
            .Any(value => value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);
    }
}
