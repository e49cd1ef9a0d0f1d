namespace AccessGateway.Contracts;

/// <summary>Proves fresh MFA for one action: <c>POST /api/v1/step-up</c>.</summary>
public sealed record StepUpRequest
{
    /// <summary>One of <see cref="StepUpMethods"/>.</summary>
    public required string Method { get; init; }

    /// <summary>Six ASCII digits for <see cref="StepUpMethods.Totp"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What the proof is for, from <see cref="Problem.Action"/>: <c>review:ar-…</c>, <c>activate:ar-…</c>, <c>extend:gr-…</c>, <c>user:NAME</c>.</summary>
    public required string Action { get; init; }
}

/// <summary>A single-use proof, to be sent as the header <c>Step-Up</c>.</summary>
/// <param name="ExpiresAt">Two minutes after it was made.</param>
public sealed record StepUpResponse(string Proof, DateTimeOffset ExpiresAt);

/// <summary>The methods of step-up.</summary>
public static class StepUpMethods
{
    /// <summary>A time-based one-time password (RFC 6238): SHA-1, six digits, 30 seconds.</summary>
    public const string Totp = "totp";
}

/// <summary>How actions are written for step-up: a verb, a colon, the object's id.</summary>
public static class StepUpActions
{
    public static string Review(string accessRequestId) => $"review:{accessRequestId}";

    public static string Activate(string accessRequestId) => $"activate:{accessRequestId}";

    public static string Extend(string grantId) => $"extend:{grantId}";

    /// <summary>Any change of an account.</summary>
    public static string User(string name) => $"user:{name}";

    /// <summary>The HTTP header that carries a proof.</summary>
    public const string Header = "Step-Up";
}
