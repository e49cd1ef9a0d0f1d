namespace AccessGateway.Notifications;

using AccessGateway.Audit;
using AccessGateway.Policy;

/// <summary>What the catalogue's events mean for those who are told. A type that is not named here is told of with a general text.</summary>
internal static class NotificationEvents
{
    /// <summary>What a notifier tells of unless its document says otherwise. Patterns, so that a type that comes later is covered.</summary>
    public static readonly IReadOnlyList<string> Default =
    [
        AuditEvents.RequestSubmitted, AuditEvents.RequestApproved, AuditEvents.RequestDenied, AuditEvents.RequestWithdrawn, AuditEvents.RequestExpired,
        "access_request.reminder", "access_request.escalated", "access_request.returned",
        "grant.*", "break_glass.*", AuditEvents.BindingDrift, AuditEvents.BindingFailed, "notification.*",
    ];

    /// <summary>What somebody must hear about their own account. Only mail reaches a person, so only mail has it by default.</summary>
    public static readonly IReadOnlyList<string> Account = ["factor.*", "passkey.*", "recovery_codes.*", "recovery_code.*", AuditEvents.UserMfaReset, AuditEvents.UserEmailChanged];

    private static readonly string[] AsksReviewers = [AuditEvents.RequestSubmitted, "access_request.reminder", "access_request.escalated", "access_request.returned"];

    public static string? PatternProblem(string pattern) =>
        AuditEvents.All.Any(type => Glob.IsMatch(pattern, type)) ? null : $"'{pattern}' matches no type of audit event.";

    /// <summary>Whether it asks reviewers for a verdict.</summary>
    public static bool Asks(string type) => AsksReviewers.Contains(type);

    public static bool ConcernsAccount(string type) => Account.Any(pattern => Glob.IsMatch(pattern, type));
}
