namespace AccessGateway.SignIn;

/// <summary>What a person may call a factor.</summary>
internal static class FactorName
{
    public const int MaxLength = 50;

    /// <summary>Null where the name, trimmed, will do.</summary>
    public static string? Problem(string name) =>
        name.Trim() is not { Length: > 0 and <= MaxLength } trimmed ? $"must have 1 to {MaxLength} characters."
        : trimmed.Any(char.IsControl) ? "must be one line without control characters."
        : null;
}
