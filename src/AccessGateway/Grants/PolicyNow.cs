namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;
using AccessGateway.Approvals;
using AccessGateway.Contracts;
using AccessGateway.Policy;

/// <summary>Whether what was approved would still be allowed under the documents of now. Pure.</summary>
internal static class PolicyNow
{
    /// <summary>Null where the request may be activated; else what stands against it. Approvals count as they were given: where
    /// policy asks for more of them now, or means another role by the name, a new request is needed.</summary>
    public static string? Problem(Decision decision, AccessRequest request) => decision switch
    {
        Decision.Denied denied => denied.Reason,
        Decision.Automatic { Offer: var offer } => Problem(offer, request),
        Decision.NeedsApproval { Offer: var offer } => Problem(offer, request)
            ?? (Quorum.Of(offer.Approval, [.. request.CurrentReviews], request.ReviewsSince) == AccessRequestState.Approved ? null : "other approvals are needed now than were given. Submit a new request."),
        _ => "policy gave no answer.",
    };

    private static string? Problem(RoleOffer offer, AccessRequest request) =>
        offer.Covers(request.Target, request.Namespaces) ? null : $"'{request.Role}' is another role now. Submit a new request.";
}
