namespace AccessGateway.Contracts;

/// <summary>Who the caller is: <c>GET /api/v1/me</c>.</summary>
/// <param name="Name">The user name, which is also the subject's name in the cluster (CN of the leaf).</param>
/// <param name="Groups">Gateway groups, by which policies choose requesters and reviewers.</param>
/// <param name="Administrator">Whether the caller administers the gateway.</param>
public sealed record Me(string Name, IReadOnlyList<string> Groups, bool Administrator);
