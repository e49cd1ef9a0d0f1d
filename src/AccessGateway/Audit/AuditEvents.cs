namespace AccessGateway.Audit;

using System.Collections.Frozen;

/// <summary>The closed catalogue of what is audited.</summary>
internal static class AuditEvents
{
    /// <summary>The actor where the gateway itself acts.</summary>
    public const string Gateway = "gateway";

    /// <summary>The actor where somebody with a shell on the gateway acts through its command line.</summary>
    public const string Console = "console";

    public const string UserAdded = "user.added";
    public const string UserDisabled = "user.disabled";
    public const string UserEnabled = "user.enabled";
    public const string UserGroupsChanged = "user.groups_changed";
    public const string UserEmailChanged = "user.email_changed";
    public const string UserMfaReset = "user.mfa_reset";
    public const string UserInvited = "user.invited";
    public const string UserUnlocked = "user.unlocked";
    public const string IdentityLinked = "identity.linked";
    public const string IdentityUnlinked = "identity.unlinked";
    public const string IdentityRefused = "identity.refused";
    public const string FactorEnrolled = "factor.enrolled";
    public const string FactorRenamed = "factor.renamed";
    public const string FactorRemoved = "factor.removed";
    public const string PasskeyCounterFell = "passkey.counter_fell";
    public const string RecoveryCodesReplaced = "recovery_codes.replaced";
    public const string RecoveryCodeUsed = "recovery_code.used";
    public const string SignedIn = "sign_in.succeeded";
    public const string SignInFailed = "sign_in.failed";
    public const string SignedOut = "sign_in.ended";
    public const string StepUpPassed = "step_up.passed";
    public const string StepUpFailed = "step_up.failed";
    public const string StepUpServed = "step_up.served";
    public const string MachineAdded = "machine.added";
    public const string MachineSignedIn = "machine.signed_in";
    public const string MachineRefused = "machine.refused";
    public const string MachineLoginEnded = "machine.login_ended";
    public const string LoginAuthorized = "plugin_login.authorized";
    public const string LoginDenied = "plugin_login.denied";
    public const string LoginEnded = "plugin_login.ended";
    public const string RequestSubmitted = "access_request.submitted";
    public const string RequestApproved = "access_request.approved";
    public const string RequestDenied = "access_request.denied";
    public const string RequestReviewed = "access_request.reviewed";
    public const string RequestWithdrawn = "access_request.withdrawn";
    public const string RequestExpired = "access_request.expired";
    public const string RequestReturned = "access_request.returned";
    public const string RequestReminded = "access_request.reminded";
    public const string RequestEscalated = "access_request.escalated";
    public const string RequestCommented = "access_request.commented";
    public const string BreakGlassUsed = "break_glass.used";
    public const string BreakGlassReviewed = "break_glass.reviewed";
    public const string BreakGlassOverdue = "break_glass.overdue";
    public const string GrantActivated = "grant.activated";
    public const string GrantExtended = "grant.extended";
    public const string GrantRoleChanged = "grant.role_changed";
    public const string GrantNamespacesChanged = "grant.namespaces_changed";
    public const string GrantKeyReplaced = "grant.key_replaced";
    public const string GrantExpired = "grant.expired";
    public const string GrantRelinquished = "grant.relinquished";
    public const string GrantRevoked = "grant.revoked";
    public const string BindingCreated = "binding.created";
    public const string BindingRemoved = "binding.removed";
    public const string BindingOrphanRemoved = "binding.orphan_removed";
    public const string BindingDrift = "binding.drift";
    public const string BindingFailed = "binding.failed";
    public const string LeafIssued = "leaf.issued";
    public const string ClusterChecked = "cluster.checked";
    public const string TrustAnchorCreated = "trust_anchor.created";
    public const string TrustAnchorActivated = "trust_anchor.activated";
    public const string TrustAnchorDeleted = "trust_anchor.deleted";
    public const string KeysCreated = "keys.created";
    public const string KeysRotated = "keys.rotated";
    public const string KeysRewrapped = "keys.rewrapped";
    public const string KeysDeleted = "keys.deleted";
    public const string ConfigurationReloaded = "configuration.reloaded";
    public const string ConfigurationRefused = "configuration.refused";
    public const string PostureRead = "posture.read";
    public const string NotificationGivenUp = "notification.given_up";
    public const string GatewayStarted = "gateway.started";

    /// <summary>Every type of the catalogue.</summary>
    public static readonly FrozenSet<string> All = typeof(AuditEvents).GetFields()
        .Where(field => field.IsLiteral && field.Name is not (nameof(Gateway) or nameof(Console)))
        .Select(field => (string)field.GetRawConstantValue()!)
        .ToFrozenSet(StringComparer.Ordinal);
}
