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

/// <summary>Which requests a list shows.</summary>
internal readonly record struct RequestFilter(AccessRequestState? State, RequestRole Role);
