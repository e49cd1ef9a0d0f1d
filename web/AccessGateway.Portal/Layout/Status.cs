namespace AccessGateway.Portal.Layout;

using AccessGateway.Contracts;

/// <summary>A state as it is shown: in words, with a shape and a tone. The tone never says more than the words.</summary>
/// <param name="Shape">The path of a drawing in a box of 12 by 12; empty for none.</param>
public sealed record Status(string Words, string Tone, string Shape)
{
    private const string Check = "M2 6.5 5 9.5 10 3";
    private const string Cross = "M3 3 9 9M9 3 3 9";
    private const string Ring = "M6 1.5a4.5 4.5 0 1 1-.01 0z";
    private const string Clock = Ring + "M6 3.5V6l1.8 1.2";
    private const string Dash = "M2.5 6h7";
    private const string Back = "M5 2.5 2 5.5l3 3M2 5.5h5.5a2.5 2.5 0 0 1 0 5H6";
    private const string Play = "M3.5 2v8l6-4z";
    private const string Up = "M2.5 7.5 6 3.5l3.5 4";
    private const string Warning = "M6 1.5 11 10.5H1zM6 5v2.5M6 9v.2";
    private const string Question = "M3.5 4a2.5 2.5 0 1 1 3.5 2.3Q6 6.8 6 8M6 10v.2";
    private const string Barred = Ring + "M3 3 9 9";

    internal static Status Of(AccessRequestState state, bool activated) => state switch
    {
        AccessRequestState.Pending => new("Pending", "wait", Ring),
        AccessRequestState.Approved when activated => new("Activated", "good", Play),
        AccessRequestState.Approved => new("Approved", "good", Check),
        AccessRequestState.Denied => new("Denied", "bad", Cross),
        AccessRequestState.Withdrawn => new("Withdrawn", "off", Back),
        AccessRequestState.Expired => new("Expired", "off", Clock),
        _ => new(state.ToString(), "off", Dash),
    };

    internal static Status Of(GrantState state) => state switch
    {
        GrantState.Active => new("Active", "good", Play),
        GrantState.Expired => new("Expired", "off", Clock),
        GrantState.Revoked => new("Revoked", "bad", Barred),
        GrantState.Relinquished => new("Relinquished", "off", Back),
        _ => new(state.ToString(), "off", Dash),
    };

    internal static Status Of(ReviewVerdict verdict) => verdict == ReviewVerdict.Approve ? new("Approved", "good", Check) : new("Denied", "bad", Cross);

    internal static Status Of(AfterVerdict verdict) => verdict == AfterVerdict.Justified ? new("Justified", "good", Check) : new("Not justified", "bad", Cross);

    internal static Status Of(UserState state) => state switch
    {
        UserState.Enrolled => new("Enrolled", "good", Check),
        UserState.Invited => new("Invited", "wait", Ring),
        UserState.Disabled => new("Disabled", "bad", Barred),
        _ => new(state.ToString(), "off", Dash),
    };

    internal static Status Of(MachineState state) => state switch
    {
        MachineState.Active => new("Active", "good", Check),
        MachineState.Disabled => new("Disabled", "bad", Barred),
        MachineState.Unnamed => new("Not in the documents", "off", Dash),
        _ => new(state.ToString(), "off", Dash),
    };

    internal static Status Of(RiskLevel risk) => risk switch
    {
        RiskLevel.Low => new("Low risk", "good", Check),
        RiskLevel.Medium => new("Medium risk", "wait", Dash),
        RiskLevel.High => new("High risk", "bad", Up),
        RiskLevel.Critical => new("Critical risk", "bad", Warning),
        _ => new("Unknown risk", "bad", Question),
    };

    internal static Status Of(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Ok => new("OK", "good", Check),
        CheckOutcome.Warning => new("Warning", "wait", Warning),
        CheckOutcome.Failed => new("Failed", "bad", Cross),
        _ => new("Not known", "off", Question),
    };

    internal static Status Of(HardeningCheckView check) => check.State switch
    {
        CheckState.Found => Of(check.Risk),
        CheckState.Passed => new("Good", "good", Check),
        CheckState.NotLookedAt => new("Not looked at", "off", Dash),
        _ => new("Not known", "wait", Question),
    };

    internal static Status Locked { get; } = new("Locked", "wait", Clock);

    /// <summary>Whether the binding is in the cluster, as far as the gateway has seen.</summary>
    internal static Status OfBinding(GrantView grant) => (grant.Bound, grant.State) switch
    {
        (true, GrantState.Active) => new("Bound", "good", Check),
        (false, GrantState.Active) => new("Not bound yet", "wait", Ring),
        (true, _) => new("Still bound", "bad", Cross),
        _ => new("Not bound", "off", Dash),
    };

    /// <summary>Whether the API server answered the gateway's last look.</summary>
    internal static Status OfHealth(bool? healthy) => healthy switch
    {
        true => new("Reachable", "good", Check),
        false => new("Not reachable", "bad", Cross),
        null => new("Not looked at yet", "off", Dash),
    };
}
