namespace AccessGateway.AccessRequests;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Schedules;
using AccessGateway.SignIn;

/// <summary>Loads what a decision is made from, so that the decision itself stays pure.</summary>
internal sealed class DecisionFacts(GatewayDocuments documents, OnCall onCall, TicketTrackers trackers, BlastRadii radii, ClusterNamespaces namespaces, TimeProvider clock)
{
    /// <summary>For a submission: the trackers are asked about its ticket, and the cluster about its risk.</summary>
    public async Task<RequestFacts> OfAsync(Caller caller, SubmitAccessRequest asked, CancellationToken cancellationToken)
    {
        TimeSpan? duration = DurationText.TryParse(asked.Duration, out var parsed) ? parsed : null;
        var facts = await WithOnCallAsync(
            new RequestFacts(ClusterFacts(RequestedClusters.Of(asked)), caller.Facts, asked.Role, asked.Namespaces ?? [], duration, asked.Reason, asked.StartsAt ?? clock.GetUtcNow())
            {
                Ticket = asked.Ticket,
                BreakGlass = asked.BreakGlass == true,
            }, cancellationToken);
        if (!facts.BreakGlass)
            facts = facts with { TicketAnswer = await AskTrackersAsync(facts, cancellationToken) };
        return await WithRiskAsync(facts, cancellationToken);
    }

    /// <summary>For a request made earlier, whose ticket, turn on call and risk count as they were when it was decided on; what its patterns
    /// match is looked at now.</summary>
    public Task<RequestFacts> OfAsync(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from, CancellationToken cancellationToken) =>
        WithMatchesAsync(Of(request, caller, duration, from), cancellationToken);

    private RequestFacts Of(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from) =>
        new(ClusterFacts(request.ClusterNames), caller.Facts, request.Role, request.Namespaces, duration, request.Reason, from)
        {
            Ticket = request.Ticket,
            TicketAnswer = request.TicketAnswer,
            OnCall = request.OnCall,
            Risk = request.Risk,
            Risks = request.Clusters.ToDictionary(row => row.Cluster, row => row.Risk, StringComparer.Ordinal),
            Extends = request.Kind == AccessRequestKind.Extension,
            ExceptNamespaces = request.ExceptNamespaces,
        };

    /// <summary>For more time on one grant of a request, where that grant is and nowhere else: the turn on call is asked anew, and the ticket
    /// vouches for no more than it did.</summary>
    /// <param name="duration">The grant's whole time.</param>
    public async Task<RequestFacts> OfExtensionAsync(AccessRequest first, string cluster, Caller caller, TimeSpan duration, CancellationToken cancellationToken)
    {
        var facts = Of(first, caller, duration, clock.GetUtcNow());
        facts = await WithOnCallAsync(
            facts with { Clusters = ClusterFacts([cluster]), Risk = facts.Risks.GetValueOrDefault(cluster, RiskLevel.Unknown), TicketAnswer = TicketAnswer.None, Extends = true },
            cancellationToken);
        return await WithMatchesAsync(facts, cancellationToken);
    }

    private async Task<RequestFacts> WithOnCallAsync(RequestFacts facts, CancellationToken cancellationToken) => facts with
    {
        OnCall = await onCall.SchedulesOfAsync(facts.Requester.Name, facts.ActiveFrom, cancellationToken),
    };

    /// <summary>What the role leads to on each live cluster. Not looked at where policy says no anyway: whoever is offered nothing
    /// makes the gateway ask no cluster.</summary>
    private async Task<RequestFacts> WithRiskAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        if (RoleOffer.Merge(documents.Policies, facts.Clusters, facts.Requester, facts.Role) is not { } offer
            || AccessPolicy.Decide(documents.Policies, facts with { Risk = RiskLevel.Low }) is Decision.Denied)
            return facts;
        // All at once: the slowest cluster is what somebody waits for, and not their sum.
        var matching = WithMatchesAsync(facts, cancellationToken);
        var found = await Task.WhenAll(facts.Clusters.Select(async cluster =>
            (cluster.Name, Radius: await radii.OfAsync(cluster.Name, offer.Target, offer.Scope, facts.Namespaces, offer.OffersNamespace, cancellationToken))));
        return (await matching) with
        {
            Risk = found.Max(each => each.Radius.Risk),
            Risks = found.ToDictionary(each => each.Name, each => each.Radius.Risk, StringComparer.Ordinal),
            RiskProblem = found.Select(each => each.Radius.Problem).FirstOrDefault(problem => problem is not null),
        };
    }

    /// <summary>Only what is offered, and was when it was asked for.</summary>
    private async Task<RequestFacts> WithMatchesAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        if (!NamespaceChoice.HasPatterns(facts.Namespaces) || RoleOffer.Merge(documents.Policies, facts.Clusters, facts.Requester, facts.Role) is not { } offer)
            return facts;
        var there = await Task.WhenAll(facts.Clusters.Select(async cluster => (cluster.Name, Namespaces: await namespaces.NamesAsync(cluster.Name, cancellationToken))));
        return facts with
        {
            Matches = there.Where(each => each.Namespaces is not null).ToDictionary(
                each => each.Name,
                each => NamespaceChoice.Matches(facts.Namespaces, each.Namespaces!, name => offer.OffersNamespace(name) && !NamespaceChoice.IsExcepted(facts.ExceptNamespaces, name)),
                StringComparer.Ordinal),
        };
    }

    private async Task<TicketAnswer> AskTrackersAsync(RequestFacts facts, CancellationToken cancellationToken)
    {
        var rules = RoleOffer.Merge(documents.Policies, facts.Clusters, facts.Requester, facts.Role)?.Tickets ?? [];
        // What the rules refuse already, no tracker needs to hear of.
        return string.IsNullOrWhiteSpace(facts.Ticket) || rules.Any(rule => rule.Problem(facts.Ticket, TicketAnswer.None) is not null)
            ? TicketAnswer.None
            : await trackers.AskAsync([.. rules.Select(rule => rule.Confirm).OfType<TicketTracker>()], facts, cancellationToken);
    }

    private IReadOnlyList<ClusterFacts> ClusterFacts(IReadOnlyList<string> names) =>
        [.. names.Select(name => documents.Cluster(name)?.Facts ?? Policy.ClusterFacts.Unknown(name))];
}
