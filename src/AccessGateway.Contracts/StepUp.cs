namespace AccessGateway.Contracts;

/// <summary>Proves fresh MFA for one action: <c>POST /api/v1/step-up</c>.</summary>
public sealed record StepUpRequest
{
    /// <summary><see cref="StepUpMethods.Totp"/> or <see cref="StepUpMethods.Recovery"/>; a passkey needs a browser, see <see cref="StartBrowserStepUp"/>.</summary>
    public required string Method { get; init; }

    /// <summary>Six ASCII digits for <see cref="StepUpMethods.Totp"/>; one of the ten codes for <see cref="StepUpMethods.Recovery"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What the proof is for, from <see cref="Problem.Action"/>: <c>review:ar-…</c>, <c>activate:ar-…</c>, <c>extend:gr-…</c>, <c>key:gr-…</c>, <c>break-glass:CLUSTER.ROLE</c>, <c>factor:…</c>, <c>user:NAME</c>.</summary>
    public required string Action { get; init; }
}

/// <summary>A single-use proof, to be sent as the header <c>Step-Up</c> by the login it was given to.</summary>
/// <param name="ExpiresAt">Two minutes after the MFA behind it.</param>
public sealed record StepUpResponse(string Proof, DateTimeOffset ExpiresAt);

/// <summary>Asks that the person proves themselves in a browser: <c>POST /api/v1/step-up/browser</c>. An earlier one of the same
/// login, still open, is dropped.</summary>
public sealed record StartBrowserStepUp
{
    /// <summary>As <see cref="StepUpRequest.Action"/>.</summary>
    public required string Action { get; init; }

    /// <summary>From <see cref="Problem.Methods"/>: the page offers no others. Every method where missing.</summary>
    public IReadOnlyList<string>? Methods { get; init; }
}

/// <summary>A step-up that waits for its person: <c>POST /api/v1/step-up/browser/{reference}/proof</c> gives the proof, once, or the
/// codes <see cref="ProblemCodes.StepUpPending"/>, <see cref="ProblemCodes.StepUpDenied"/> and <see cref="ProblemCodes.NotFound"/>.</summary>
/// <param name="Reference">Eight letters, such as <c>WDJB-MJHT</c>: the page shows it too.</param>
/// <param name="Address">The page to open, by the same user.</param>
/// <param name="Interval">Seconds to leave between two polls.</param>
public sealed record BrowserStepUp(string Reference, string Address, DateTimeOffset ExpiresAt, int Interval);

/// <summary>The methods of step-up.</summary>
public static class StepUpMethods
{
    /// <summary>A time-based one-time password (RFC 6238): SHA-1, six digits, 30 seconds.</summary>
    public const string Totp = "totp";

    /// <summary>A passkey (WebAuthn) with user verification: phishing-resistant, works in a browser only.</summary>
    public const string Passkey = "passkey";

    /// <summary>A recovery code; accepted for nothing but adding a factor.</summary>
    public const string Recovery = "recovery";

    /// <summary>What a policy may name (<c>mfa: {factors: […]}</c>), and what it means where it names none.</summary>
    public static IReadOnlyList<string> Factors { get; } = [Totp, Passkey];
}

/// <summary>How actions are written for step-up: a verb, a colon, the object's id.</summary>
public static class StepUpActions
{
    /// <summary>Adding an authenticator.</summary>
    public const string AddTotp = "factor:add-totp";

    /// <summary>Adding a passkey.</summary>
    public const string AddPasskey = "factor:add-passkey";

    /// <summary>Making ten new recovery codes.</summary>
    public const string RecoveryCodes = "factor:recovery-codes";

    /// <summary>The HTTP header that carries a proof.</summary>
    public const string Header = "Step-Up";

    public static string Review(string accessRequestId) => $"review:{accessRequestId}";

    public static string Activate(string accessRequestId) => $"activate:{accessRequestId}";

    public static string Extend(string grantId) => $"extend:{grantId}";

    /// <summary>Using another key with a grant than its first.</summary>
    public static string ReplaceKey(string grantId) => $"key:{grantId}";

    /// <summary>Breaking the glass for a role on a cluster.</summary>
    public static string BreakGlass(string cluster, string role) => $"break-glass:{cluster}.{role}";

    public static string RenameFactor(string factorId) => $"factor:rename-{factorId}";

    public static string RemoveFactor(string factorId) => $"factor:remove-{factorId}";

    /// <summary>Any change of an account.</summary>
    public static string User(string name) => $"user:{name}";
}
