namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>A call to a cluster's API server under a grant, as the API server's own audit log reports it:
/// <c>GET /api/v1/grants/{id}/calls</c>, newest first.</summary>
/// <param name="AuditId">The API server's id of the call; a caller can choose it.</param>
/// <param name="At">When the API server received it, by its clock.</param>
/// <param name="Verb">Kubernetes' verb: <c>get</c>, <c>watch</c>, <c>create</c>, …</param>
/// <param name="Stream">Whether it stays open by its nature: exec, attach, port-forward, proxy, watch, a followed log.</param>
/// <param name="EndedAt">When the API server said that it was over; null while it is open, as far as the gateway was told.</param>
/// <param name="Code">The HTTP status of its answer; null while there is none.</param>
public sealed record KubeCallView(string AuditId, DateTimeOffset At, string User, string Verb, string Resource, bool Stream, DateTimeOffset? EndedAt, int? Code)
{
    public string? ApiGroup { get; init; }

    public string? Subresource { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>The nearest address that the API server saw.</summary>
    public string? SourceIp { get; init; }

    /// <summary>Which leaf was used; API servers of 1.32 and later say so.</summary>
    public string? CredentialId { get; init; }

    /// <summary>What it did, in words: <c>exec into pods shop/web-1</c>.</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            var place = string.Join('/', new[] { Namespace, Name }.Where(part => !string.IsNullOrEmpty(part)));
            var thing = place.Length == 0 ? Resource : $"{Resource} {place}";
            return Subresource switch
            {
                "exec" => $"exec into {thing}",
                "attach" => $"attach to {thing}",
                "portforward" => $"port-forward to {thing}",
                "proxy" => $"proxy to {thing}",
                "log" when Stream => $"follow the log of {thing}",
                { Length: > 0 } other => $"{Verb} {other} of {thing}",
                _ => $"{Verb} {thing}",
            };
        }
    }
}
