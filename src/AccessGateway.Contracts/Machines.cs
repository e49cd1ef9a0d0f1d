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

/// <summary>A machine that has signed in, as administrators see it: <c>GET /api/v1/machines</c>, by name.</summary>
/// <param name="Name">The subject's name, <c>sa:cluster:namespace:name</c> or <c>client:name</c>.</param>
/// <param name="Kind"><c>serviceAccount</c> or <c>client</c>.</param>
/// <param name="Id">What documents call it.</param>
public sealed record MachineView(string Name, string Kind, string Id, MachineState State, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt);
