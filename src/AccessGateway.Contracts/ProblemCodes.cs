namespace AccessGateway.Contracts;

/// <summary>The closed list of error codes of the API.</summary>
public static class ProblemCodes
{
    /// <summary>400: the body is no JSON object of the expected shape (syntax, unknown or repeated field, too deep).</summary>
    public const string Malformed = "malformed";

    /// <summary>422: well-formed, but a value is not acceptable; <see cref="Problem.Errors"/> names the fields.</summary>
    public const string Invalid = "invalid";

    /// <summary>401: no credentials, or ones that are not valid any more.</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>403: the caller may not do this at all.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>403: fresh MFA is needed first (RFC 9470).</summary>
    public const string StepUpRequired = "step_up_required";

    /// <summary>403: the code or proof given is wrong, was used before, or is too old.</summary>
    public const string StepUpFailed = "step_up_failed";

    /// <summary>403: the person said no to the step-up in the browser.</summary>
    public const string StepUpDenied = "step_up_denied";

    /// <summary>409: the step-up in the browser waits for its person still; ask again.</summary>
    public const string StepUpPending = "step_up_pending";

    /// <summary>409: the last factor cannot be removed.</summary>
    public const string LastFactor = "last_factor";

    /// <summary>403: one's own request cannot be reviewed by oneself.</summary>
    public const string OwnRequest = "own_request";

    /// <summary>403: machines may not do this: they ask for access and use it, and nothing else.</summary>
    public const string NotForMachines = "not_for_machines";

    /// <summary>403: no policy offers this to the caller.</summary>
    public const string NotOffered = "not_offered";

    /// <summary>404: does not exist, or is not for the caller to see.</summary>
    public const string NotFound = "not_found";

    /// <summary>409: the request or grant is in a state that does not allow this (any more).</summary>
    public const string Conflict = "conflict";

    /// <summary>409: the caller has reviewed this request already.</summary>
    public const string AlreadyReviewed = "already_reviewed";

    /// <summary>409: what the role allows has changed since its reviewers looked; the request went back to them.</summary>
    public const string ReturnedToReviewers = "returned_to_reviewers";

    /// <summary>413: the body is larger than allowed.</summary>
    public const string TooLarge = "too_large";

    /// <summary>415: the body is not <c>application/json</c>.</summary>
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>422: the CSR is refused; the detail says why.</summary>
    public const string CsrRefused = "csr_refused";

    /// <summary>422: the grant ends too soon for the cluster's signer to make a leaf for it.</summary>
    public const string GrantTooShort = "grant_too_short";

    /// <summary>422: the same Idempotency-Key came with another request before.</summary>
    public const string IdempotencyKeyReused = "idempotency_key_reused";

    /// <summary>429: too many attempts; Retry-After gives the seconds to wait.</summary>
    public const string Locked = "locked";

    /// <summary>429: too many calls; Retry-After gives the seconds to wait.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>502: the cluster's API server refused or failed.</summary>
    public const string ClusterFailed = "cluster_failed";

    /// <summary>503: the gateway cannot do this now; try again.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>500: a bug; the trace id in the detail finds it in the gateway's log.</summary>
    public const string InternalError = "internal_error";
}
