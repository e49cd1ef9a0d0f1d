namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>Whether a machine can sign in.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MachineState>))]
public enum MachineState
{
    Active,

    /// <summary>Is kept out by an administrator.</summary>
    Disabled,

    /// <summary>No document names it any more.</summary>
    Unnamed,
}

/// <summary>A machine that has signed in, as administrators see it: <c>GET /api/v1/machines</c>, by name, and
/// <c>GET /api/v1/machines/{name}</c>. What it is signed in with stands under <c>/api/v1/machines/{name}/logins</c>; <c>DELETE</c> ends one.</summary>
/// <param name="Name">The subject's name, <c>sa:cluster:namespace:name</c> or <c>client:name</c>.</param>
/// <param name="Kind"><c>serviceAccount</c> or <c>client</c>.</param>
/// <param name="Id">What documents call it.</param>
/// <param name="LastSeenAt">When it last called, to the minute; null where it never did.</param>
/// <param name="Cluster">Which cluster checks a ServiceAccount's tokens; null for a client.</param>
/// <param name="Keys">What a client's assertions are checked with, as its document says at this moment.</param>
/// <param name="Policies">The access policies that name it.</param>
/// <param name="Logins">Access tokens that count at this moment.</param>
/// <param name="Grants">Active grants that it holds.</param>
public sealed record MachineView(
    string Name,
    string Kind,
    string Id,
    MachineState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset? LastSeenAt,
    string? Cluster,
    IReadOnlyList<MachineKeyView> Keys,
    IReadOnlyList<string> Policies,
    int Logins,
    int Grants);

/// <summary>A public key of a machine client.</summary>
/// <param name="Id">Its <c>kid</c>; the thumbprint (RFC 7638) where its document gives none.</param>
/// <param name="Type"><c>P-256</c>, or <c>RSA</c> with its bits.</param>
public sealed record MachineKeyView(string Id, string Type);
