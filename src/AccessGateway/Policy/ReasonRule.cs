namespace AccessGateway.Policy;

using System.Text.RegularExpressions;

/// <summary>What a request's reason must look like.</summary>
/// <param name="MinLength">0 to 500 characters, spaces at the ends not counted.</param>
/// <param name="Pattern">Must match somewhere in the reason; made without backtracking.</param>
internal sealed record ReasonRule(bool Required, int MinLength, Regex? Pattern)
{
    public static readonly ReasonRule Optional = new(Required: false, MinLength: 0, Pattern: null);

    /// <summary>Null where the reason will do.</summary>
    public string? Problem(string? reason)
    {
        var text = reason?.Trim() ?? "";
        if (text.Length == 0)
            return Required ? "A reason is required." : null;
        if (text.Length < MinLength)
            return $"The reason needs at least {MinLength} characters.";
        return Pattern is null || Pattern.IsMatch(text) ? null : $"The reason must match {Pattern}.";
    }
}
