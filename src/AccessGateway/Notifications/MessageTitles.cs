namespace AccessGateway.Notifications;

using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;

/// <summary>What happened, in a line. Pure.</summary>
internal static class MessageTitles
{
    public static string Of(AuditEventView happened, string? concerns, AccessRequest? request)
    {
        var who = request?.Subject ?? concerns ?? happened.Actor;
        var where = Where(happened, request);
        var what = request is not null ? $"{request.Role} on {where}" : where is not null ? $"access to {where}" : "access";
        return happened.Type switch
        {
            AuditEvents.RequestSubmitted => $"{who} asks for {what}",
            AuditEvents.RequestApproved => $"Approved: {what} for {who}",
            AuditEvents.RequestDenied => $"Denied: {what} for {who}",
            AuditEvents.RequestReviewed => $"{happened.Actor} said {(happened.Details.GetValueOrDefault("verdict") == "deny" ? "no" : "yes")}: {what} for {who}",
            AuditEvents.RequestWithdrawn => $"Withdrawn: {what} for {who}",
            AuditEvents.RequestExpired => $"Ran out undecided or unused: {what} for {who}",
            AuditEvents.GrantActivated => $"{who} has {what} now",
            AuditEvents.GrantExtended => $"{who} has {what} for longer",
            AuditEvents.GrantExpired => $"Ended: {what} for {who}",
            AuditEvents.GrantRelinquished => $"{who} gave back {what}",
            AuditEvents.GrantRevoked => $"Revoked: {what} for {who}",
            AuditEvents.BindingDrift => $"A binding on {happened.Cluster} was changed from outside",
            AuditEvents.BindingFailed => $"A binding on {happened.Cluster} could not be made or removed",
            AuditEvents.NotificationGivenUp => $"Notifications of {happened.Details.GetValueOrDefault("notifier")} could not be delivered",
            AuditEvents.FactorEnrolled => $"{Factor(happened)} was added to your account",
            AuditEvents.FactorRenamed => $"{Factor(happened)} of your account was renamed",
            AuditEvents.FactorRemoved => $"{Factor(happened)} was removed from your account",
            AuditEvents.PasskeyCounterFell => "There may be a copy of your passkey",
            AuditEvents.RecoveryCodesReplaced => "Your recovery codes were replaced",
            AuditEvents.RecoveryCodeUsed => "One of your recovery codes was used",
            AuditEvents.UserMfaReset => "Your password and factors were taken away",
            AuditEvents.UserEmailChanged => "The e-mail address of your account was changed",
            _ => General(happened.Type, request, who, what),
        };
    }

    /// <summary>The clusters that the event is about, for people: a grant is on one, whatever its request was for.</summary>
    public static string? Where(AuditEventView happened, AccessRequest? request) => (happened.Cluster ?? request?.ClusterList)?.Replace(",", ", ", StringComparison.Ordinal);

    /// <summary>For types that came into the catalogue later: <c>access_request.reminder</c> is "Access request, reminder: …".</summary>
    private static string General(string type, AccessRequest? request, string who, string what)
    {
        var words = type.Replace('_', ' ').Replace(".", ", ", StringComparison.Ordinal);
        return $"{char.ToUpperInvariant(words[0])}{words[1..]}: {(request is null ? who : $"{what} for {who}")}";
    }

    private static string Factor(AuditEventView happened) => happened.Details.GetValueOrDefault("factor") == StepUpMethods.Passkey ? "A passkey" : "An authenticator";
}
