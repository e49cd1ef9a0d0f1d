namespace AccessGateway.Kubectl;

/// <summary>What may reach a file name, a command line or a kubeconfig. Everything else is refused before it gets there.</summary>
internal static class Identifiers
{
    private const int IdLength = 13;

    /// <summary><c>gr-</c> and 13 letters and digits.</summary>
    public static bool IsGrant(string? text) => IsId(text, "gr-");

    /// <summary><c>ar-</c> and 13 letters and digits.</summary>
    public static bool IsAccessRequest(string? text) => IsId(text, "ar-");

    /// <summary>A DNS label (RFC 1123), as clusters and namespaces are named.</summary>
    public static bool IsDnsLabel(string? text) =>
        text is { Length: > 0 and <= 63 } && text[0] != '-' && text[^1] != '-' && text.All(IsLabelCharacter);

    /// <summary>A namespace, or a pattern of namespaces: <c>*</c> for any run of characters, <c>?</c> for one.</summary>
    public static bool IsNamespaceChoice(string? text) =>
        IsDnsLabel(text) || (text is { Length: > 0 and <= 63 } && text.AsSpan().ContainsAny('*', '?') && text.All(c => IsLabelCharacter(c) || c is '*' or '?'));

    /// <summary>A kubeconfig context's name: what kubectl prints in one column, and no option.</summary>
    public static bool IsContextName(string? text) =>
        text is { Length: > 0 and <= 253 } && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_.:@/".Contains(c, StringComparison.Ordinal));

    private static bool IsId(string? text, string prefix) =>
        text is not null && text.Length == prefix.Length + IdLength && text.StartsWith(prefix, StringComparison.Ordinal)
        && text.AsSpan(prefix.Length).IndexOfAnyExcept(LettersAndDigits) < 0;

    private static readonly System.Buffers.SearchValues<char> LettersAndDigits =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static bool IsLabelCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';
}
