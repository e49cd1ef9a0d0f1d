namespace AccessGateway.Problems;

using AccessGateway.Persistence;

/// <summary>The query parameters that every list takes: <c>limit</c> (1 to 500, default 50) and <c>cursor</c>.</summary>
internal readonly record struct ListQuery(int? Limit, string? Cursor)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;

    /// <summary>Null where both are acceptable.</summary>
    public Refusal? Problem() =>
        Limit is < 1 or > MaxLimit ? new Refusal.Invalid("limit", $"must be from 1 to {MaxLimit}.")
        : Cursor is { Length: > 0 } && Position is null ? new Refusal.Invalid("cursor", "is not one that this API gave.")
        : null;

    public int Take => Limit ?? DefaultLimit;

    public Cursor? Position => string.IsNullOrEmpty(Cursor) ? null : Persistence.Cursor.Parse(Cursor);

    /// <summary>An enum from its camelCase name; a refusal where there is no such member.</summary>
    public static Refusal? TryState<T>(string? text, out T? state)
        where T : struct, Enum
    {
        state = null;
        if (string.IsNullOrEmpty(text))
            return null;
        if (!char.IsAsciiLetter(text[0]) || !Enum.TryParse<T>(text, ignoreCase: true, out var parsed))
            return new Refusal.Invalid("state", $"must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        state = parsed;
        return null;
    }
}
