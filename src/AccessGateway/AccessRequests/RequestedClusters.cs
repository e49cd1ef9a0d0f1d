namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.Documents;

/// <summary>Which clusters a submission is for. Pure.</summary>
internal static class RequestedClusters
{
    public const int Max = SubmitAccessRequest.MaxClusters;

    /// <summary>The names, sorted: in which order they were given is no part of what is asked. Of a submission without <see cref="Problem"/>.</summary>
    public static IReadOnlyList<string> Of(SubmitAccessRequest asked) => asked.Clusters is { } names ? [.. names.Order(StringComparer.Ordinal)] : [asked.Cluster!];

    /// <summary>The field that is wrong, and what is wrong with it; null where nothing is.</summary>
    public static (string Field, string Problem)? Problem(SubmitAccessRequest asked)
    {
        if (asked.Clusters is not { } names)
            return asked.Cluster is null ? ("cluster", "must be given: a cluster's name, or several as clusters.")
                : Names.LabelProblem(asked.Cluster) is { } wrong ? ("cluster", wrong)
                : null;
        var problem = asked.Cluster is not null ? "must be missing where there is a cluster: give one of both."
            : names.Count is 0 or > Max ? $"must be 1 to {Max} clusters."
            : names.Select(name => name is null ? "must be texts." : Names.LabelProblem(name)).FirstOrDefault(problem => problem is not null)
                ?? (names.Distinct(StringComparer.Ordinal).Count() < names.Count ? "must have none twice." : null);
        return problem is null ? null : ("clusters", problem);
    }
}
