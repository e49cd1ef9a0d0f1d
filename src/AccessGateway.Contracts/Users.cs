namespace AccessGateway.Contracts;

using System.Text.Json.Serialization;

/// <summary>Whether somebody can sign in.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<UserState>))]
public enum UserState
{
    /// <summary>Has to enrol first: was added, or reset.</summary>
    Invited,

    /// <summary>Can sign in.</summary>
    Enrolled,

    /// <summary>Is kept out.</summary>
    Disabled,
}

/// <summary>An account, as administrators see it: <c>GET /api/v1/users</c>, by name.</summary>
/// <param name="Name">1 to 63 of a-z, 0-9, '.', '_', '@' and '-'; there is one way to write it.</param>
/// <param name="Groups">Those that administrators gave.</param>
/// <param name="ProviderGroups">Those that the user's provider gave, by its mapping.</param>
/// <param name="Provider">The provider of single sign-on through which the user signs in; null with a password.</param>
/// <param name="Email">Where mail reaches the user, as administrators say.</param>
/// <param name="ProviderEmail">The same as the provider says; counts where administrators say nothing.</param>
/// <param name="LastSignInAt">When a browser was signed in last; null where none ever was.</param>
/// <param name="LockedUntil">Until when failed attempts keep the account locked; null where they do not.</param>
/// <param name="InvitedUntil">Until when the newest enrolment link works; null where there is none.</param>
public sealed record UserView(
    string Name,
    UserState State,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string> ProviderGroups,
    string? Provider,
    string? Email,
    string? ProviderEmail,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset? LockedUntil,
    DateTimeOffset? InvitedUntil);

/// <summary>Adds a user: <c>POST /api/v1/users</c>. Needs a step-up for <c>user:{name}</c>, as every change of an account does.</summary>
public sealed record AddUser
{
    public required string Name { get; init; }

    /// <summary>Gateway groups; none where missing. At most 100.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where mail reaches the user; none where missing.</summary>
    public string? Email { get; init; }
}

/// <summary>Replaces a user's groups: <c>PUT /api/v1/users/{name}/groups</c>.</summary>
public sealed record SetGroups
{
    /// <summary>All of them; at most 100.</summary>
    public required IReadOnlyList<string> Groups { get; init; }
}

/// <summary>Says where mail reaches a user: <c>PUT /api/v1/users/{name}/email</c>.</summary>
public sealed record SetEmail
{
    /// <summary>At most 254 characters; empty or null for what the provider says, or for no mail.</summary>
    public required string? Email { get; init; }
}

/// <summary>A user with a new single-use enrolment link, which nobody can show again.</summary>
/// <param name="EnrolmentLink">To be given to the person, and to nobody else. Older links of theirs have stopped working.</param>
/// <param name="ExpiresAt">When the link stops working, if it was not used.</param>
public sealed record Invitation(UserView User, string EnrolmentLink, DateTimeOffset ExpiresAt);
