namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>
/// What a webhook receives: a CloudEvent 1.0 in structured mode (<c>application/cloudevents+json</c>), signed by Standard Webhooks 1.0.
/// </summary>
/// <param name="Specversion">Always <c>1.0</c>.</param>
/// <param name="Id">Of the event: <c>ae-</c> and its index in the audit log. The same at every attempt and for every receiver.</param>
/// <param name="Source">The gateway's address.</param>
/// <param name="Type"><c>access-gateway.</c> and the type of the audit event, for example <c>access-gateway.access_request.submitted</c>.</param>
/// <param name="Subject">What it is about: the id of an access request or grant; absent where neither.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Datacontenttype">Always <c>application/json</c>.</param>
public sealed record NotificationEnvelope(
    [property: JsonPropertyName("specversion")] string Specversion,
    string Id,
    string Source,
    string Type,
    string? Subject,
    DateTimeOffset Time,
    [property: JsonPropertyName("datacontenttype")] string Datacontenttype,
    NotificationData Data);

/// <summary>What happened. Fields may be added; a receiver ignores those that it does not know.</summary>
/// <param name="Title">One line for people; plain text.</param>
/// <param name="Url">Where people find it in the portal. Opening it needs a login.</param>
/// <param name="Actor">Who did it: a user name, <c>gateway</c> or <c>console</c>.</param>
/// <param name="Concerns">The user whom it concerns.</param>
/// <param name="Cluster">Where; of a request for several clusters their names, separated by commas.</param>
/// <param name="Duration">How long the access is to last, such as <c>1h30m</c>.</param>
/// <param name="Details">Further facts of the audit event, by name; never a secret.</param>
public sealed record NotificationData(
    string Title,
    string Url,
    string Actor,
    string? Concerns,
    string? AccessRequestId,
    string? GrantId,
    string? Cluster,
    string? Role,
    string? ClusterRole,
    IReadOnlyList<string>? Namespaces,
    string? Duration,
    string? Reason,
    string? Ticket,
    IReadOnlyDictionary<string, string> Details);

/// <summary>How a notifier is doing, for administrators: <c>GET /api/v1/notifiers</c>, by name.</summary>
/// <param name="Kind"><c>webhook</c>, <c>slack</c> or <c>email</c>.</param>
/// <param name="Pending">How many wait to be delivered.</param>
/// <param name="Delivered">How many were, in the last 7 days.</param>
/// <param name="GivenUp">How many were given up in the last 7 days.</param>
/// <param name="OldestPendingAt">Since when the oldest of them waits.</param>
/// <param name="PausedUntil">Until when it is left alone after failures; null where it is not.</param>
/// <param name="LastError">Why the last failed attempt failed.</param>
public sealed record NotifierView(
    string Name,
    string Kind,
    int Pending,
    int Delivered,
    int GivenUp,
    DateTimeOffset? OldestPendingAt,
    DateTimeOffset? PausedUntil,
    DateTimeOffset? LastSuccessAt,
    DateTimeOffset? LastFailureAt,
    string? LastError);
