namespace AccessGateway.Contracts;

/// <summary>An event of the audit log: <c>GET /api/v1/audit/events</c>, oldest first.</summary>
/// <param name="Index">Position in the log; grows by commit order.</param>
/// <param name="Type">From the catalogue, for example <c>grant.activated</c>.</param>
/// <param name="Actor">Who did it: a user name, or <c>gateway</c>.</param>
/// <param name="Cluster">Where; of a request for several clusters their names, separated by commas.</param>
/// <param name="Details">Further facts by name; never a secret.</param>
public sealed record AuditEventView(
    long Index,
    DateTimeOffset At,
    string Type,
    string Actor,
    string? AccessRequestId,
    string? GrantId,
    string? Cluster,
    IReadOnlyDictionary<string, string> Details);
