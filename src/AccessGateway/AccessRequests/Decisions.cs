namespace AccessGateway.AccessRequests;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Documents;
using AccessGateway.Policy;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>What policy says to requests, under the configuration that this operation began with.</summary>
internal sealed class Decisions(GatewayDocuments documents, DecisionFacts facts)
{
    public static readonly Refusal NoAnswer = new Refusal.Forbidden("Policy gave no answer.", ProblemCodes.NotOffered);

    /// <summary>The configuration under which this operation decides.</summary>
    public string PolicyDigest => documents.Digest;

    /// <summary>What policy says to a submission, and what it says that on.</summary>
    public async Task<(Decision Decision, RequestFacts Facts)> DecideAsync(Caller caller, SubmitAccessRequest asked, CancellationToken cancellationToken)
    {
        var known = await facts.OfAsync(caller, asked, cancellationToken);
        return (AccessPolicy.Decide(documents.Policies, known), known);
    }

    /// <summary>What policy says now to a request made earlier, on all of its clusters.</summary>
    /// <param name="duration">For an extension the whole time of its grant.</param>
    public async Task<(Decision Decision, RequestFacts Facts)> RedecideAsync(AccessRequest request, Caller caller, TimeSpan duration, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var known = await facts.OfAsync(request, caller, duration, from, cancellationToken);
        return (AccessPolicy.Decide(documents.Policies, known), known);
    }

    /// <summary>What policy says to more time on the grant that a request became on one cluster, and what it says that on.</summary>
    /// <param name="duration">The grant's whole time.</param>
    public async Task<(Decision Decision, RequestFacts Facts)> DecideExtensionAsync(AccessRequest first, string cluster, Caller caller, TimeSpan duration, CancellationToken cancellationToken)
    {
        var known = await facts.OfExtensionAsync(first, cluster, caller, duration, cancellationToken);
        return (AccessPolicy.Decide(documents.Policies, known), known);
    }

    public static Refusal RefusalOf(Decision.Denied denied) => denied.NotOffered
        ? new Refusal.Forbidden(denied.Reason, ProblemCodes.NotOffered)
        : new Refusal.Invalid(JsonNamingPolicy.CamelCase.ConvertName(denied.Field), denied.Reason);
}
