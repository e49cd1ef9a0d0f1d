namespace AccessGateway.Clusters;

using AccessGateway.Contracts;

/// <summary>Makes findings: what was found, and what to do.</summary>
internal static class Checked
{
    /// <summary>More details than anybody reads are counted, not told.</summary>
    private const int MaxDetails = 40;

    public static ClusterCheckView Ok(string check, string found) => new(check, CheckOutcome.Ok, found, null, []);

    public static ClusterCheckView Warning(string check, string found, string then) => new(check, CheckOutcome.Warning, found, then, []);

    public static ClusterCheckView Failed(string check, string found, string then) => new(check, CheckOutcome.Failed, found, then, []);

    public static ClusterCheckView Unknown(string check, string found, string? then = null) => new(check, CheckOutcome.Unknown, found, then, []);

    public static ClusterCheckView With(this ClusterCheckView finding, IReadOnlyList<string> details) => finding with
    {
        Details = details.Count <= MaxDetails ? details : [.. details.Take(MaxDetails), $"and {details.Count - MaxDetails} more"],
    };

    /// <summary>"1 right", "2 rights".</summary>
    public static string Count(int count, string thing) => count == 1 ? $"1 {thing}" : $"{count} {thing}s";
}
