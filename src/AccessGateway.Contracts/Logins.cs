namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>With what somebody is signed in.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LoginKind>))]
public enum LoginKind
{
    /// <summary>A browser, by a cookie.</summary>
    Browser,

    /// <summary><c>kubectl access login</c>, by tokens.</summary>
    Plugin,

    /// <summary>A machine's access token.</summary>
    Machine,
}

/// <summary>A place where somebody is signed in: <c>GET /api/v1/me/logins</c>, the last used first. <c>DELETE</c> ends it at once.</summary>
/// <param name="Id"><c>bl-</c>, <c>pl-</c> or <c>ml-</c> and 13 letters and digits.</param>
/// <param name="Device">The browser in words, or the name that the plugin's host calls itself: a hint, never a proof. Of a ServiceAccount the pod,
/// as its cluster said. Null where unknown.</param>
/// <param name="Method">How a plugin was logged in: <c>browser</c> or <c>device</c>; null for all others.</param>
/// <param name="Address">The network address where it began.</param>
/// <param name="SeenFrom">The address of its last use; null where it was not used since.</param>
/// <param name="LastSeenAt">Its last use, to the minute.</param>
/// <param name="ExpiresAt">When it ends by itself if it is not used until then.</param>
/// <param name="Current">Whether this very call was made with it.</param>
public sealed record LoginView(
    string Id,
    LoginKind Kind,
    string? Device,
    string? Method,
    string Address,
    string? SeenFrom,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt,
    bool Current);
