namespace AccessGateway.AccessRequests;

using AccessGateway.BlastRadius;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Schedules;
using AccessGateway.SignIn;

/// <summary>Loads what a decision is made from, so that the decision itself stays pure.</summary>
internal sealed class DecisionFacts(GatewayDocuments documents, OnCall onCall, TicketTrackers trackers, BlastRadii radii, TimeProvider clock)
{
    /// <summary>For a submission: the trackers are asked about its ticket, and the cluster about its risk.</summary>
    public async Task<RequestFacts> OfAsync(Caller caller, SubmitAccessRequest asked, CancellationToken cancellationToken)
    {
        TimeSpan? duration = DurationText.TryParse(asked.Duration, out var parsed) ? parsed : null;
        var facts = await WithOnCallAsync(
            new RequestFacts(ClusterFacts(asked.Cluster), caller.Facts, asked.Role, asked.Namespaces ?? [], duration, asked.Reason, asked.StartsAt ?? clock.GetUtcNow())
            {
                Ticket = asked.Ticket,
                BreakGlass = asked.BreakGlass == true,
            }, cancellationToken);
        if (!facts.BreakGlass)
            facts = facts with { TicketAnswer = await AskTrackersAsync(facts, cancellationToken) };
        return await WithRiskAsync(facts, cancellationToken);
    }

    /// <summary>For a request made earlier, whose ticket, turn on call and risk count as they were when it was decided on.</summary>
    public RequestFacts Of(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from) =>
        new(ClusterFacts(request.Cluster), caller.Facts, request.Role, request.Namespaces, duration, request.Reason, from)
        {
            Ticket = request.Ticket,
            TicketAnswer = request.TicketAnswer,
            OnCall = request.OnCall,
            Risk = request.Risk,
            Extends = request.Kind == AccessRequestKind.Extension,
        };

    /// <summary>For more time on the grant of a request: the turn on call is asked anew, and its ticket vouches for no more than it did.</summary>
    /// <param name="duration">The grant's whole time.</param>
    public Task<RequestFacts> OfExtensionAsync(AccessRequest first, Caller caller, TimeSpan duration, CancellationToken cancellationToken) =>
        WithOnCallAsync(Of(first, caller, duration, clock.GetUtcNow()) with { TicketAnswer = TicketAnswer.None, Extends = true }, cancellationToken);

    private async Task<RequestFacts> WithOnCallAsync(RequestFacts facts, CancellationToken cancellationToken) => facts with
    {
        OnCall = await onCall.SchedulesOfAsync(facts.Requester.Name, facts.ActiveFrom, cancellationToken),
    };

    /// <summary>What the role leads to on the live cluster. Not looked at where policy says no anyway: whoever is offered nothing
    /// makes the gateway ask no cluster.</summary>
    private async Task<RequestFacts> WithRiskAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        if (RoleOffer.Merge(documents.Policies, facts.Cluster, facts.Requester, facts.Role) is not { } offer
            || AccessPolicy.Decide(documents.Policies, facts with { Risk = RiskLevel.Low }) is Decision.Denied)
            return facts;
        var radius = await radii.OfAsync(facts.Cluster.Name, offer.Target, offer.Scope, facts.Namespaces, cancellationToken);
        return facts with { Risk = radius.Risk, RiskProblem = radius.Problem };
    }

    private async Task<TicketAnswer> AskTrackersAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        var rules = RoleOffer.Merge(documents.Policies, facts.Cluster, facts.Requester, facts.Role)?.Tickets ?? [];
        // What the rules refuse already, no tracker needs to hear of.
        return string.IsNullOrWhiteSpace(facts.Ticket) || rules.Any(rule => rule.Problem(facts.Ticket, TicketAnswer.None) is not null)
            ? TicketAnswer.None
            : await trackers.AskAsync([.. rules.Select(rule => rule.Confirm).OfType<TicketTracker>()], facts, cancellationToken);
    }

    /// <summary>An unknown cluster has no labels and no policy names it: nothing is offered on it.</summary>
    private ClusterFacts ClusterFacts(string name) =>
        documents.Cluster(name)?.Facts ?? new ClusterFacts("", new Dictionary<string, string>());
}
