namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Schedules;
using AccessGateway.SignIn;

/// <summary>Loads what a decision is made from, so that the decision itself stays pure.</summary>
internal sealed class DecisionFacts(GatewayDocuments documents, OnCall onCall, TicketTrackers trackers, TimeProvider clock)
{
    /// <summary>For a submission: the trackers are asked about its ticket.</summary>
    public async Task<RequestFacts> OfAsync(Caller caller, SubmitAccessRequest asked, CancellationToken cancellationToken)
    {
        TimeSpan? duration = DurationText.TryParse(asked.Duration, out var parsed) ? parsed : null;
        var facts = await WithOnCallAsync(
            new RequestFacts(ClusterFacts(asked.Cluster), caller.Facts, asked.Role, asked.Namespaces ?? [], duration, asked.Reason, asked.StartsAt ?? clock.GetUtcNow())
            {
                Ticket = asked.Ticket,
                BreakGlass = asked.BreakGlass == true,
            }, cancellationToken);
        return facts.BreakGlass ? facts : facts with { TicketAnswer = await AskTrackersAsync(facts, cancellationToken) };
    }

    /// <summary>For a request made earlier: its ticket was asked about when it was made.</summary>
    public Task<RequestFacts> OfAsync(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from, bool extends, CancellationToken cancellationToken) =>
        WithOnCallAsync(
            new RequestFacts(ClusterFacts(request.Cluster), caller.Facts, request.Role, request.Namespaces, duration, request.Reason, from)
            {
                Ticket = request.Ticket,
                Extends = extends,
            }, cancellationToken);

    private async Task<RequestFacts> WithOnCallAsync(RequestFacts facts, CancellationToken cancellationToken) => facts with
    {
        OnCall = await onCall.SchedulesOfAsync(facts.Requester.Name, facts.ActiveFrom, cancellationToken),
    };

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
